import * as z from 'zod'
import { LONGEST_MAX_WAIT_MS } from '../contract/wait.js'
import type { LimitTime, RemainingRule } from '../definition/limit-times.js'
import {
  headerName,
  httpStatus,
  jsonPath,
  milliseconds,
  plainText,
} from '../definition/text-rules.js'
import type { TimeForm } from '../definition/time-form.js'

export type { LimitHeader, LimitTime, RemainingRule } from '../definition/limit-times.js'

/** How an upstream announces its limits and how they are kept, as data. Without rules, `Retry-After` and the usual headers count. */
export interface LimitRules {
  /**
   * Where an answer about a limit says how long it lasts; the first that can be read counts, before `Retry-After`,
   * `RateLimit`, `RateLimit-Reset`, `X-RateLimit-Reset` and their like.
   * @example wait: [{ header: 'X-Retry-In', as: 'milliseconds' }]
   */
  readonly wait?: readonly LimitTime[] | undefined
  /**
   * Which answers beside a 429 report a limit; such an answer is never an expired credential.
   * @example detect: [{ status: [403], body: { includes: 'rate limit' } }]
   */
  readonly detect?: readonly DetectRule[] | undefined
  /**
   * Where every answer says what is left, which is used ahead of time: one rule for each limit.
   * @example remaining: [{ header: 'X-Shop-Api-Call-Limit', as: 'used/limit' }]
   */
  readonly remaining?: readonly RemainingRule[] | undefined
  /**
   * The longest that is waited at once, whatever an answer asks for: of the API, and of the provider's
   * token endpoint, metadata and login steps. After it the upstream is asked again. Default 86,400,000
   * (a day), at most 31 days.
   * @example maxWaitMs: 3_600_000
   */
  readonly maxWaitMs?: number | undefined
  /**
   * What a connection may send, shared by all of its flows and workers.
   * @example budget: { requests: 2, perMs: 1000, burst: 40 }
   */
  readonly budget?: LimitBudget | undefined
}

/**
 * How a time is written: `date` is an HTTP date or ISO 8601, `duration` is as `1m30s`, `20ms`, `PT5S`,
 * `any` is whichever of them it is. Moments are compared with the `Date` of the same answer.
 */
export type LimitTimeForm = TimeForm

/** An answer that reports a limit: all that is named has to be so. A 2xx needs a header or a body. */
export interface DetectRule {
  /**
   * `[403]`, `[400]`, `[200]` ...
   * @example status: [403]
   */
  readonly status: readonly number[]
  /** @example header: { name: 'X-Error', includes: 'throttled' } */
  readonly header?:
    | { readonly name: string; readonly equals: string }
    | { readonly name: string; readonly includes: string }
    | undefined
  /**
   * A value in the JSON body, by path; or a text that the body, whatever it is, has in it.
   * @example body: { path: 'error.code', equals: ['RATE_LIMIT'] }
   */
  readonly body?:
    | { readonly path: string; readonly equals: readonly (string | number | boolean)[] }
    | { readonly path: string; readonly includes: string }
    | { readonly includes: string }
    | undefined
  /**
   * How long, where nothing in the answer says so. Default 5,000.
   * @example waitMs: 60_000
   */
  readonly waitMs?: number | undefined
}

/**
 * A leaky bucket of `burst` requests that leaks `requests` per `perMs`, evenly: Shopify's is
 * `{ requests: 2, perMs: 1000, burst: 40 }`. Tokenkeeper stays a little below it.
 */
export interface LimitBudget {
  /** @example requests: 2 */
  readonly requests: number
  /** @example perMs: 1000 */
  readonly perMs: number
  /**
   * How many may be sent at once after a pause. Default 1: evenly spaced, which also keeps a limit of so
   * many per fixed minute.
   * @example burst: 40
   */
  readonly burst?: number | undefined
}

const part = z.string().regex(/^[A-Za-z][A-Za-z0-9_-]{0,63}$/, {
  message: `must be the name of a parameter inside the header: 'reset'`,
})
const form = z.enum([
  'seconds',
  'milliseconds',
  'epoch-seconds',
  'epoch-milliseconds',
  'date',
  'duration',
  'any',
])
const limitHeader = { header: headerName, part: z.exactOptional(part) }
const timeMessage = { message: `must be { header, part?, as } or { body, as }` }

const detect = z
  .strictObject({
    status: z.array(httpStatus).min(1),
    header: z.exactOptional(
      z.union([
        z.strictObject({ name: headerName, equals: plainText }),
        z.strictObject({ name: headerName, includes: plainText }),
      ]),
    ),
    body: z.exactOptional(
      z.union([
        z.strictObject({
          path: jsonPath,
          equals: z.array(z.union([z.string(), z.number(), z.boolean()])).min(1),
        }),
        z.strictObject({ path: jsonPath, includes: plainText }),
        z.strictObject({ includes: plainText }),
      ]),
    ),
    waitMs: z.exactOptional(milliseconds.min(1)),
  })
  .refine(
    (rule) =>
      rule.header !== undefined ||
      rule.body !== undefined ||
      rule.status.every((one) => one >= 400 && one !== 401),
    {
      path: ['status'],
      message: 'needs a header or body beside it: such a status alone does not tell of a limit',
    },
  )

const remaining = z.strictObject({
  ...limitHeader,
  as: z.exactOptional(z.enum(['number', 'used/limit'])),
  limit: z.exactOptional(z.strictObject(limitHeader)),
  reset: z.exactOptional(z.strictObject({ ...limitHeader, as: form })),
})

const budget = z.strictObject({
  requests: z.int().min(1).max(1_000_000_000),
  perMs: z
    .int()
    .min(1)
    .max(86_400_000 * 31),
  burst: z.exactOptional(z.int().min(1).max(1_000_000_000)),
})

/** The shape of a connector's `limits`. */
export const limitsSchema = z.strictObject({
  wait: z.exactOptional(
    z
      .array(
        z.union(
          [
            z.strictObject({ ...limitHeader, as: form }),
            z.strictObject({ body: jsonPath, as: form }),
          ],
          timeMessage,
        ),
      )
      .min(1),
  ),
  detect: z.exactOptional(z.array(detect).min(1)),
  remaining: z.exactOptional(z.array(remaining).min(1)),
  maxWaitMs: z.exactOptional(milliseconds.min(1000).max(LONGEST_MAX_WAIT_MS)),
  budget: z.exactOptional(budget),
})
