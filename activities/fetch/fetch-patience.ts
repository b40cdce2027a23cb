import type { Info } from '@temporalio/activity'
import { toMilliseconds } from '../../src/contract/duration.js'
import { createFailure } from '../../src/contract/failure.js'

/** How long one request waits for a connection that is not usable. */
export interface FetchPatience {
  readonly untilMs: number
  /** What the caller asked for; absent: as long as the activity can, and Temporal tries it again. */
  readonly asked?: string | undefined
}

/** Default of the longest wait of one attempt. */
export const PATIENCE_MS = 30_000
/** An attempt ends with a reason before its own timeout would end it without one. */
const END_BEFORE_MS = 1000
const END_BEFORE_SHARE = 0.2

/**
 * Until when to wait: as long as was asked for, else as long as the attempt's own timeout leaves.
 * @throws ApplicationFailure `InvalidInput` where `maxWait` is no duration
 */
export function toPatience(
  {
    maxWait,
    connection,
  }: { readonly maxWait?: string | number | undefined; readonly connection: string },
  { startToCloseTimeoutMs }: Pick<Info, 'startToCloseTimeoutMs'>,
  { startedAtMs, nowMs, patienceMs }: PatienceMoment,
): FetchPatience {
  if (maxWait !== undefined) {
    const waitMs = toMilliseconds(maxWait)
    if (waitMs === undefined)
      throw createFailure(
        'InvalidInput',
        `maxWait of authorizedFetch for ${connection} is no duration; write it as '10 seconds'`,
        { connection },
      )
    const asked = typeof maxWait === 'number' ? `${maxWait} ms` : maxWait
    return { untilMs: nowMs + waitMs, asked }
  }
  const leftMs =
    startToCloseTimeoutMs > 0
      ? startedAtMs + startToCloseTimeoutMs - nowMs
      : Number.POSITIVE_INFINITY
  const tellMs = Math.min(END_BEFORE_MS, leftMs * END_BEFORE_SHARE)
  return { untilMs: nowMs + Math.max(0, Math.min(patienceMs, leftMs - tellMs)) }
}

export interface PatienceMoment {
  readonly startedAtMs: number
  readonly nowMs: number
  readonly patienceMs: number
}
