import { ActivityFailure, ApplicationFailure, proxyActivities } from '@temporalio/workflow'
import type { TokenActivities } from '../../src/contract/token-activities.js'

/** Tried until it works. */
export const quick = proxyActivities<TokenActivities>({
  startToCloseTimeout: '40s',
  retry: { maximumInterval: '30s' },
})

export const bounded = proxyActivities<TokenActivities>({
  startToCloseTimeout: '40s',
  retry: { maximumAttempts: 3 },
})

/**
 * One try: the workflow decides on every other one. Start-to-close is longer than the limit of the
 * HTTP exchange (20 s), the heartbeat shows a dead worker within 5 s.
 */
export const once = proxyActivities<TokenActivities>({
  startToCloseTimeout: '60s',
  heartbeatTimeout: '5s',
  retry: { maximumAttempts: 1 },
})

/** Why an activity did not answer. */
export function reasonOf(error: unknown): { readonly code: string; readonly message: string } {
  const cause = error instanceof ActivityFailure ? error.cause : error
  if (cause instanceof ApplicationFailure)
    return { code: cause.type ?? 'ActivityFailed', message: cause.message }
  return { code: 'WorkerDied', message: 'the keeper worker ended before it could answer' }
}
