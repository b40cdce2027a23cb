export type CustomCall<Value> =
  | { readonly ok: true; readonly value: Value }
  /** The class of what was thrown, where it is one of the language's own. */
  | { readonly ok: false; readonly thrown: string }

const BUILT_IN = [TypeError, RangeError, SyntaxError, ReferenceError, URIError, EvalError]

/** Runs a function of a user. Its message may hold a secret, and its name, stack and cause too: nothing is passed on. */
export async function callCustom<Value>(
  run: () => Value | Promise<Value>,
): Promise<CustomCall<Value>> {
  try {
    return { ok: true, value: await run() }
  } catch (error) {
    const known = BUILT_IN.find((one) => error instanceof one)
    return { ok: false, thrown: known?.name ?? 'an error' }
  }
}
