import * as z from 'zod'
import { jsonPath, plainText } from '../definition/text-rules.js'

/** Looks whether a record is there already, before it is written. */
export interface LookupRule {
  /**
   * A GET endpoint of the same connector: `orders.find`.
   * @example endpoint: 'orders.find'
   */
  readonly endpoint: string
  /**
   * Its path or query parameter that takes the key: `external_id`.
   * @example param: 'external_id'
   */
  readonly param: string
  /**
   * Path of the key in the record.
   * @example key: 'id'
   */
  readonly key: string
  /**
   * Path of a list in the answer; one that is not empty means found. Absent: a 2xx means found, a 404 not found.
   * @example found: 'data'
   */
  readonly found?: string | undefined
  /**
   * `skip`: what is there is left as it is. Or the name of an endpoint to update it by, whose path
   * parameters come from what was found, else from the record. Default `skip`.
   * @example ifFound: 'orders.update'
   */
  readonly ifFound?: string | undefined
}

type Scalar = string | number | boolean | null

/** A value by path in JSON. */
export interface ValueRule {
  /** @example path: 'status' */
  readonly path: string
  /** @example equals: [200, 201] */
  readonly equals: readonly Scalar[]
}

/** How the answer to a batch tells what became of each record. */
export interface ResultsRule {
  /**
   * Path of the list in the answer: one entry a record.
   * @example path: 'results'
   */
  readonly path: string
  /**
   * What an entry holds where the record is accepted.
   * @example ok: { path: 'status', equals: [200, 201] }
   */
  readonly ok: ValueRule
  /**
   * Path of the record's id in an entry. Absent: the entries are in the order of the records.
   * @example id: 'external_id'
   */
  readonly id?: string | undefined
  /**
   * Path of a code in an entry that tells why (`error.code`); free text is not repeated.
   * @example reason: 'error.code'
   */
  readonly reason?: string | undefined
  /**
   * What an entry holds where the record failed for now, beside a 429 or 5xx at `ok.path`.
   * @example retry: { path: 'error.code', equals: ['LOCKED'] }
   */
  readonly retry?: ValueRule | undefined
}

/**
 * What is done about a write whose outcome nobody knows (no answer, a 5xx, a crash). `repeat`: it is
 * sent again. `lookup`: `lookup` tells what is there. `fail`: `AmbiguousWrite`.
 */
export type OnUnknown = 'repeat' | 'lookup' | 'fail'

const value = z.strictObject({
  path: jsonPath,
  equals: z.array(z.union([z.string(), z.number(), z.boolean(), z.null()])).min(1),
})

/** The options of an endpoint that say how records are written to it, as zod shapes. */
export const writingShape = {
  lookup: z.exactOptional(
    z.strictObject({
      endpoint: z.string(),
      param: plainText,
      key: jsonPath,
      found: z.exactOptional(jsonPath),
      ifFound: z.exactOptional(z.string()),
    }),
  ),
  results: z.exactOptional(
    z.strictObject({
      path: jsonPath,
      ok: value,
      id: z.exactOptional(jsonPath),
      reason: z.exactOptional(jsonPath),
      retry: z.exactOptional(value),
    }),
  ),
  onUnknown: z.exactOptional(z.enum(['repeat', 'lookup', 'fail'])),
}

interface WrittenTo {
  readonly method: string
  readonly lookup?: LookupRule | undefined
  readonly results?: ResultsRule | undefined
  readonly onUnknown?: OnUnknown | undefined
  readonly idempotency?: { readonly id?: string | undefined } | undefined
}

/** What the rules of writing demand of each other and of the other endpoints. */
export function checkWriting(
  { endpoints }: { readonly endpoints: Readonly<Record<string, WrittenTo>> },
  context: z.core.$RefinementCtx,
): void {
  const methodOf = (name: string): string | undefined =>
    Object.hasOwn(endpoints, name) ? endpoints[name]?.method : undefined
  for (const [name, endpoint] of Object.entries(endpoints)) {
    const refuse = (path: readonly string[], message: string): void => {
      context.addIssue({ code: 'custom', path: ['endpoints', name, ...path], message })
    }
    const { method, lookup, results, onUnknown, idempotency } = endpoint
    if (method === 'GET')
      for (const option of ['lookup', 'results', 'onUnknown'] as const)
        if (endpoint[option] !== undefined)
          refuse([option], 'belongs to an endpoint that is written to, and this is a GET')
    if (onUnknown === 'lookup' && lookup === undefined)
      refuse(['onUnknown'], "is 'lookup', and the endpoint has no lookup")
    if (lookup !== undefined && methodOf(lookup.endpoint) !== 'GET')
      refuse(['lookup', 'endpoint'], 'must be the name of one of the endpoints that is a GET')
    const { ifFound = 'skip' } = lookup ?? {}
    if (ifFound !== 'skip' && (methodOf(ifFound) ?? 'GET') === 'GET')
      refuse(['lookup', 'ifFound'], "must be 'skip', or the name of an endpoint that is no GET")
    if (results?.id !== undefined && idempotency?.id === undefined && lookup === undefined)
      refuse(
        ['results', 'id'],
        'is compared with the id of a record: name that by idempotency.id or lookup.key',
      )
  }
}
