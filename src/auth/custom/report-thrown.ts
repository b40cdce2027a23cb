import { withoutUndefined } from '../../contract/plain-data.js'
import type { SecretFields } from '../kind/auth-kind.js'
import type { CustomAuthFunctions } from './define-custom-auth.js'

/** Is told what a function of a user threw: for the worker's log, where its author looks. */
export type ReportThrown = (report: {
  readonly name: string
  readonly function: 'mint' | 'authorize'
  readonly error: string
  /** Where it was thrown: file, line and column of each call. */
  readonly stack: readonly string[]
}) => void

/** The functions of a kind, each of which reports what it throws, and throws it. */
export function reportingThrown(
  name: string,
  functions: CustomAuthFunctions,
  report: ReportThrown,
): CustomAuthFunctions {
  const wrapped = <Input extends { readonly secrets: SecretFields }, Result>(
    which: 'mint' | 'authorize',
    run: (input: Input) => Result | Promise<Result>,
  ) => {
    return async (input: Input): Promise<Result> => {
      try {
        return await run(input)
      } catch (error) {
        report({ name, function: which, ...withoutSecrets(error, input.secrets) })
        throw error
      }
    }
  }
  const { mint, authorize } = functions
  return {
    ...functions,
    ...withoutUndefined({
      mint: mint && wrapped('mint', mint),
      authorize: authorize && wrapped('authorize', authorize),
    }),
  }
}

const MAX_THROWN = 500
const MAX_FRAMES = 20

/**
 * What may stand in a log. Messages quote what they choke on (`JSON.parse` does): what is quoted or looks
 * like a token is left out, and so is every secret that the function was given.
 */
export function withoutSecrets(
  error: unknown,
  secrets: SecretFields,
): { readonly error: string; readonly stack: readonly string[] } {
  if (!(error instanceof Error)) return { error: `no Error but a ${typeof error}`, stack: [] }
  const known = Object.values(secrets)
    .map((secret) => secret.reveal())
    .filter((text) => text !== '')
    .sort((one, other) => other.length - one.length)
  const clean = known
    .reduce((text, secret) => text.replaceAll(secret, '…'), error.message)
    .replace(/(["'`])(?:(?!\1)[^\n]){2,}\1/g, '$1…$1')
    .replace(/[\w+/=~.-]{16,}/g, '…')
    .slice(0, MAX_THROWN)
  const frames = (error.stack ?? '')
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => /^at .+:\d+:\d+\)?$/.test(line))
  return { error: `${error.name}: ${clean}`, stack: frames.slice(0, MAX_FRAMES) }
}
