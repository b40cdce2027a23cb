import type { TimeForm } from './told-time.js'

/** A header, or one parameter of it: `{ header: 'RateLimit', part: 'reset' }` of `limit=100, remaining=50, reset=30`. */
export interface LimitHeader {
  readonly header: string
  readonly part?: string | undefined
}

/** A time in a header, or by path in a JSON body (`error.retry_after`). */
export type LimitTime = (LimitHeader | { readonly body: string }) & { readonly as: TimeForm }

export interface RemainingRule extends LimitHeader {
  /** `number`: so many are left. `used/limit`: as `39/40` (Shopify, Salesforce). Default `number`. */
  readonly as?: 'number' | 'used/limit' | undefined
  /** Where the whole is told: fewer than a tenth of it are spread over the time to the reset. */
  readonly limit?: LimitHeader | undefined
  /** When it is filled up again. Without it, what the budget gives back is waited for. */
  readonly reset?: (LimitHeader & { readonly as: TimeForm }) | undefined
}
