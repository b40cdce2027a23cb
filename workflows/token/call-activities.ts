import { ActivityFailure, ApplicationFailure } from '@temporalio/common'

/** Why an activity did not answer. */
export function reasonOf(error: unknown): { readonly code: string; readonly message: string } {
  const cause = error instanceof ActivityFailure ? error.cause : error
  if (cause instanceof ApplicationFailure)
    return { code: cause.type ?? 'ActivityFailed', message: cause.message }
  return { code: 'WorkerDied', message: 'the keeper worker ended before it could answer' }
}
