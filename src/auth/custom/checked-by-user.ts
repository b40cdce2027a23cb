import type { SecretFields } from '../auth-kind.js'

/** A shorter value could stand in a sentence by chance. */
const MIN_LENGTH = 4

/** What a user's check says of a credential, where it can be shown: no value of it, and one line. */
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
