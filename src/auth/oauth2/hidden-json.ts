import { INSPECT } from '../../sealing/secret.js'

const hide = { value: () => '[hidden]', enumerable: false }

/** A copy of a JSON object that holds tokens: read by path as any other, but not printed by accident. */
export function hiddenJson(value: object): object {
  return Object.defineProperties({ ...value }, { toJSON: hide, [INSPECT]: hide })
}
