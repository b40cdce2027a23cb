import type { SecretFields } from '../kind/auth-kind.js'

export type CustomCall<Value> =
  | { readonly outcome: 'returned'; readonly value: Value }
  /** The class of what was thrown, where it is one of the language's own. */
  | { readonly outcome: 'threw'; readonly thrown: string }

const BUILT_IN = [TypeError, RangeError, SyntaxError, ReferenceError, URIError, EvalError]

/** Runs a function of a user. Its message may hold a secret, and its name, stack and cause too: nothing is passed on. */
export async function callCustom<Value>(
  run: () => Value | Promise<Value>,
): Promise<CustomCall<Value>> {
  try {
    return { outcome: 'returned', value: await run() }
  } catch (error) {
    const known = BUILT_IN.find((one) => error instanceof one)
    return { outcome: 'threw', thrown: known?.name ?? 'an error' }
  }
}

/** A shorter value could stand in a sentence by chance. */
const MIN_LENGTH = 4

/** The text that a user's check gives about a credential, where it may be shown: one line that holds none of the credential's values. */
export function checkedByUser(check: () => unknown, fields: SecretFields): string | undefined {
  let problem: unknown
  try {
    problem = check()
  } catch {
    return 'the check that is registered for it threw an error'
  }
  if (problem === undefined) return undefined
  const values = Object.values(fields)
    .map((field) => field.reveal())
    .filter((value) => value.length >= MIN_LENGTH)
  const isClean = (text: string): boolean =>
    /^[^\p{Cc}]{1,200}$/u.test(text) && !values.some((value) => text.includes(value))
  return typeof problem === 'string' && isClean(problem)
    ? problem
    : 'the check that is registered for it refuses it, in words that can not be shown'
}
