import { ApplicationFailure, TemporalFailure } from '@temporalio/common'
import { wellFormed } from './outside-values.js'
import { withoutUndefined } from './plain-data.js'
import { type FailureCode, type FailureDetails, FAILURES, isFailureCode } from './failures.js'

/**
 * The one way to make a failure that crosses the activity boundary: `type` is the code, retryability
 * comes from the closed table, `details` is one {@link FailureDetails}. The message says what failed,
 * for which connection, and what to do next; it never holds a secret, body, header or URL query.
 * There is no `cause`: libraries keep whole token responses in theirs.
 */
export function createFailure(
  code: FailureCode,
  message: string,
  details: Omit<FailureDetails, 'code'> = {},
  options: { readonly nextRetryDelayMs?: number | undefined } = {},
): ApplicationFailure {
  const made = withoutUndefined({
    // Half of a surrogate pair in a message stops the whole worker: the SDK's core can't read it.
    message: wellFormed(message),
    type: code,
    nonRetryable: !FAILURES[code].retryable,
    details: [{ code, ...details } satisfies FailureDetails],
    nextRetryDelay: options.nextRetryDelayMs,
  })
  return ApplicationFailure.create(made)
}

/** The application failure in an error or its chain of Temporal causes (`ActivityFailure`, `WorkflowFailedError`). */
function applicationFailure(error: unknown): ApplicationFailure | undefined {
  let current: unknown = error
  for (let depth = 0; depth < 10 && current instanceof Error; depth += 1) {
    if (current instanceof ApplicationFailure) return current
    current = current instanceof TemporalFailure || 'cause' in current ? current.cause : undefined
  }
  return undefined
}

/** The code of the closed table that an error carries, if it carries one. */
export function failureCode(error: unknown): FailureCode | undefined {
  const type = applicationFailure(error)?.type
  return isFailureCode(type) ? type : undefined
}

/** The details of a failure made by {@link createFailure}. */
export function failureDetails(error: unknown): FailureDetails | undefined {
  const details: unknown = applicationFailure(error)?.details?.[0]
  if (typeof details !== 'object' || details === null || !('code' in details)) return undefined
  return isFailureCode(details.code) ? (details as FailureDetails) : undefined
}
