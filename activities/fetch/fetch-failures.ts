import { createFailure } from '../../src/contract/failure.js'
import type { FetchPatience } from './fetch-patience.js'

/** A credential that is good was refused: no expiry, so nothing is renewed. */
export function freshTokenRejected(connection: string, generation: number, status: number) {
  return createFailure(
    'FreshTokenRejected',
    `${connection} answers HTTP ${status} time and again, though nothing says that the credential of generation ${generation} is bad: it is this request that is refused. Look at the URL, at what this account may do, and at scopes and audience.`,
    { connection, generation, status },
  )
}

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

/** A connection that did not become usable: for good where the caller said how long, else until the next attempt. */
export function notUsable(connection: string, why: string, { asked }: Partial<FetchPatience>) {
  return asked === undefined
    ? createFailure(
        'UpstreamUnavailable',
        `${connection} is not usable at the moment: ${why} It is tried again by itself.`,
        { connection },
      )
    : createFailure(
        'ConnectionNotUsable',
        `${connection} was not usable within ${asked} (maxWait): ${why}`,
        { connection },
      )
}
