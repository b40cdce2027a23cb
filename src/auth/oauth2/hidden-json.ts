const INSPECT: unique symbol = Symbol.for('nodejs.util.inspect.custom')
const hide = { value: () => '[hidden]', enumerable: false }

/** A copy of a JSON object that holds tokens: read by path as any other, but not printed by accident. */
export function hiddenJson(value: object): object {
  return Object.defineProperties({ ...value }, { toJSON: hide, [INSPECT]: hide })
}
