import { createFailure } from '../../src/contract/failure.js'

/** A connection that is at its limit for longer than an activity should wait. */
export function rateLimited(connection: string, waitMs: number) {
  const seconds = String(Math.ceil(waitMs / 1000))
  return createFailure(
    'RateLimited',
    `${connection} may be asked again in ${seconds} s: its rate limit is reached, nothing was sent. It is tried again by itself then.`,
    { connection, waitMs },
    { nextRetryDelayMs: waitMs },
  )
}
