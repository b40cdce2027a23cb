import type * as z from 'zod'
import type { VariableRules } from '../definition/variables.js'
import type { AuthDefinition } from '../auth/registry.js'
import type { AnswerField } from '../pagination/fields.js'
import type { Pagination } from '../pagination/registry.js'
import type { ConnectRules } from './connect-section.js'
import type { LimitRules } from './limits.js'
import type { LookupRule, OnUnknown, ResultsRule } from './writing.js'

/** A frozen, validated definition of one upstream. Holds names of secrets, never secrets. */
export interface Connector<Endpoints extends EndpointMap = EndpointMap> {
  /** @example id: 'shop' */
  readonly id: string
  /**
   * May hold `{account}` and the connector's variables; https, or http to loopback.
   * @example baseUrl: 'https://{account}.myshopify.com/admin/api'
   */
  readonly baseUrl: string
  /** @example auth: apiKey({ header: 'X-Api-Key' }) */
  readonly auth: AuthDefinition
  /** @example endpoints: { 'orders.list': get('/orders') } */
  readonly endpoints: Endpoints
  /**
   * Further `{names}` that its URLs may hold: what they may be, and where their values come from.
   * @example variables: { tenantId: { from: 'credential', form: 'segment' } }
   */
  readonly variables?: VariableRules | undefined
  /**
   * Headers of every API request, no secret in them; may hold `{account}` and the connector's variables:
   * `{ 'Xero-Tenant-Id': '{tenantId}' }` (developer.xero.com), `{ 'Notion-Version': '2022-06-28' }`.
   * @example headers: { 'Notion-Version': '2022-06-28' }
   */
  readonly headers?: Readonly<Record<string, string>> | undefined
  /**
   * Name of the endpoint that tells whether a credential works: a read without parameters, by GET, or
   * by POST where auth puts the credential into the body.
   * @example verify: 'me.get'
   */
  readonly verify?: string | undefined
  /**
   * How the answer of `verify` tells whose account it is.
   * @example identity: { subject: 'shop.id', name: 'shop.name' }
   */
  readonly identity?: IdentityRule | undefined
  /**
   * How people are asked for a credential, on connect pages and in the console.
   * @example connect: { name: 'Shopify', fields: { apiKey: { label: 'Admin API key' } } }
   */
  readonly connect?: ConnectRules | undefined
  /**
   * Further origins that may receive the credential.
   * @example origins: ['https://files.example.com']
   */
  readonly origins?: readonly string[] | undefined
  /**
   * Which addresses beside public ones may be dialled; one that the definition itself names as loopback may.
   * @example network: { privateAddresses: ['10.20.0.0/16'] }
   */
  readonly network?: NetworkRule | undefined
  /**
   * How the upstream says "expired" beside a 401.
   * @example expired: { body: { path: 'error.code', equals: ['SESSION_ENDED'] } }
   */
  readonly expired?: ExpiredRule | undefined
  /**
   * How it announces its limits, and what a connection may send.
   * @example limits: { budget: { requests: 2, perMs: 1000, burst: 40 } }
   */
  readonly limits?: LimitRules | undefined
  /**
   * Longest life of a lease, which is how fast pause, revoke and rotation reach calls and syncs: no request starts later than this after it. Default and most: 10 minutes.
   * @example maxLeaseAgeMs: 60_000
   */
  readonly maxLeaseAgeMs?: number | undefined
}

export interface IdentityRule {
  /**
   * Path of what names the account for ever (`shop.id`): compared when the connection is authorised
   * again, and kept as a keyed hash only.
   * @example subject: 'shop.id'
   */
  readonly subject?: string | undefined
  /**
   * Path of the account's name for people (`shop.name`): kept and shown as it is.
   * @example name: 'shop.name'
   */
  readonly name?: string | undefined
}

export interface NetworkRule {
  /**
   * `true`: the private ranges (RFC 1918, RFC 4193, RFC 6598). Or blocks of your own network in CIDR
   * notation, within one that is not public: `['10.20.0.0/16']`. Metadata services of clouds are never dialled.
   * @example privateAddresses: ['10.20.0.0/16']
   */
  readonly privateAddresses?: boolean | readonly string[] | undefined
  /**
   * `false`: the proxies of the worker's environment (`HTTPS_PROXY`, `HTTP_PROXY`, `NO_PROXY`) are not
   * used. What goes through a proxy is resolved by it, so that only the proxy can check the address.
   * @example proxy: false
   */
  readonly proxy?: boolean | undefined
}

export type EndpointMap = Readonly<Record<string, Endpoint>>

export interface ExpiredRule {
  /**
   * Statuses that mean "expired" at any time.
   * @example status: [419]
   */
  readonly status?: readonly number[] | undefined
  /**
   * Statuses that mean "expired" only once the stored expiry has passed (Atlassian 404, Fabric 403).
   * @example statusOncePastExpiry: [404]
   */
  readonly statusOncePastExpiry?: readonly number[] | undefined
  /**
   * A response header whose value contains the text.
   * @example header: { name: 'WWW-Authenticate', includes: 'invalid_token' }
   */
  readonly header?: { readonly name: string; readonly includes: string } | undefined
  /** An HTML page at a 2xx status is the login page, where the API itself answers no HTML (Jira Server, sessions of web applications). */
  readonly html?: true | undefined
  /**
   * A value in the JSON body, by path (`error.code`), equal to one of these; looked at whatever the status.
   * @example body: { path: 'error.code', equals: ['SESSION_ENDED'] }
   */
  readonly body?:
    { readonly path: string; readonly equals: readonly (string | number | boolean)[] } | undefined
}

/** How far a sync reads ahead. */
export interface ReadAhead {
  /**
   * From 1 to 16.
   * @example pages: 4
   */
  readonly pages: number
  /**
   * How much memory the answers may take that wait for their turn, in bytes: fewer pages are asked for where
   * so many of the largest that has come would take more. Default 16 MiB.
   * @example maxBytes: 4_194_304
   */
  readonly maxBytes?: number | undefined
}

export type Method = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'

export interface Endpoint<
  Path extends string = string,
  Query extends z.ZodType | undefined = z.ZodType | undefined,
  Body extends z.ZodType | undefined = z.ZodType | undefined,
  Response extends z.ZodType | undefined = z.ZodType | undefined,
> {
  /** @example method: 'GET' */
  readonly method: Method
  /**
   * Joined to the base URL; `{id}` is a path parameter.
   * @example path: '/orders/{id}'
   */
  readonly path: Path
  /** @example query: z.object({ status: z.string().optional() }) */
  readonly query?: Query | undefined
  /** @example body: z.object({ number: z.string() }) */
  readonly body?: Body | undefined
  /** @example response: z.object({ id: z.number() }) */
  readonly response?: Response | undefined
  /**
   * Path of the list in an answer (`data.orders`); absent: the answer is the list.
   * @example items: 'data.orders'
   */
  readonly items?: string | undefined
  /** The API leaves the list out where there is no record: a page without it is empty. */
  readonly empty?: 'omitted' | undefined
  /**
   * Each record that a sync reads must fit it, and goes on as it gives it back.
   * @example itemSchema: z.object({ id: z.number() })
   */
  readonly itemSchema?: z.ZodType | undefined
  /**
   * Path of a record's id, by which it is named where it can't go through.
   * @example id: 'id'
   */
  readonly id?: string | undefined
  /**
   * How the pages after the first are asked for; on a POST it says that the endpoint only reads.
   * @example paginate: linkHeader()
   */
  readonly paginate?: Pagination | undefined
  /**
   * How many pages a sync asks for before the one under way is written, for `offset()` with a size and
   * `pageNumber()`. Default 1: no page is asked for before the one in front of it has come. More make up for an
   * API that answers late; each counts in its rate limit, and some are asked for in vain behind the last one.
   * @example readAhead: { pages: 4 }
   */
  readonly readAhead?: ReadAhead | undefined
  /**
   * Where a page says how many records there are in all: progress knows the time left by it.
   * @example total: { header: 'X-Total-Count' }
   */
  readonly total?: AnswerField | undefined
  /**
   * For sinks: how many records one request takes and where the list goes in the body (absent: the body is the list; with size 1 and no `items` the body is the record).
   * @example batch: { size: 100, items: 'records' }
   */
  readonly batch?: { readonly size: number; readonly items?: string | undefined } | undefined
  /**
   * A header that makes a repeat harmless, and the path of a record's id.
   * @example idempotency: { header: 'Idempotency-Key', id: 'id' }
   */
  readonly idempotency?: { readonly header: string; readonly id?: string | undefined } | undefined
  /**
   * Looks before it writes, where the API knows no idempotency keys.
   * @example lookup: { endpoint: 'orders.find', param: 'external_id', key: 'id' }
   */
  readonly lookup?: LookupRule | undefined
  /**
   * How the answer to a batch tells what became of each record.
   * @example results: { path: 'results', ok: { path: 'status', equals: [200, 201] } }
   */
  readonly results?: ResultsRule | undefined
  /**
   * Default `repeat` where that does no harm (an idempotency header, PUT, DELETE), else `lookup` where
   * there is one, else `fail`.
   * @example onUnknown: 'lookup'
   */
  readonly onUnknown?: OnUnknown | undefined
  /**
   * Media type of the JSON that is sent, as `application/vnd.api+json`. Default `application/json`.
   * @example contentType: 'application/vnd.api+json'
   */
  readonly contentType?: string | undefined
  /**
   * Media types that are asked for. Default `application/json`.
   * @example accept: 'application/vnd.api+json'
   */
  readonly accept?: string | undefined
  /**
   * Longest answer in bytes. Default 8 MiB for pages, 256 KiB for calls.
   * @example maxBytes: 1_048_576
   */
  readonly maxBytes?: number | undefined
  /**
   * Default 30,000.
   * @example timeoutMs: 10_000
   */
  readonly timeoutMs?: number | undefined
}
