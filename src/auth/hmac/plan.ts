import { fillTemplate, parseTemplate, templateNames } from '../../definition/template.js'
import { nameOfPair } from '../../wire/query.js'
import type { OutgoingRequest, SecretFields } from '../kind/auth-kind.js'
import { percentEncode } from '../kind/form-parameters.js'
import { checkHeaderValue } from '../kind/header-value.js'
import { neededField } from '../kind/static-token.js'
import type { HmacAuth, HmacHeader } from './definition.js'
import { headerOfPart, headerValue, REQUEST_PARTS } from './request-parts.js'

/** What templates are filled in with. */
export interface HmacValues {
  readonly request: OutgoingRequest
  readonly token: SecretFields
  readonly timestamp: string
  readonly nonce: string
  readonly bodyHash: string
  /** Empty until it is made. */
  signature: string
}

/** Makes a text of the values: a template that was taken apart once, or the value of one name. */
type Filler = (values: HmacValues) => string

/** A value to be set on the request. */
interface Placed {
  readonly name: string
  readonly fill: Filler
  readonly holdsSignature: boolean
  /** For a header: the template's text follows this as base64. */
  readonly before?: string | undefined
}

interface Placing {
  readonly headers: readonly Placed[]
  readonly query: readonly Placed[]
}

/** A definition, taken apart once: what is set before the request is signed, and what with the signature. */
export interface HmacPlan {
  readonly text: Filler
  /** The hash of an HMAC; absent: a plain hash. */
  readonly hmacHash: string | undefined
  readonly unsigned: Placing
  readonly signed: Placing
  /** Every header that is set, in lower case. */
  readonly headerNames: ReadonlySet<string>
  readonly headerLengths: ReadonlySet<number>
  readonly queryNames: ReadonlySet<string>
}

/** Module-wide, for a definition is compiled once for all requests that are signed by it, and forgotten with it. */
const plans = new WeakMap<HmacAuth, HmacPlan>()

export function planOf(auth: HmacAuth): HmacPlan {
  const known = plans.get(auth)
  if (known !== undefined) return known
  const headers = Object.entries(auth.headers ?? {}).map(toPlaced)
  const query = Object.entries(auth.query ?? {}).map(toPlaced)
  const plan: HmacPlan = {
    text: fillerOf(auth.text),
    hmacHash: auth.algorithm.startsWith('hmac-') ? auth.algorithm.slice(5) : undefined,
    unsigned: {
      headers: headers.filter((one) => !one.holdsSignature),
      query: query.filter((one) => !one.holdsSignature),
    },
    signed: {
      headers: headers.filter((one) => one.holdsSignature),
      query: query.filter((one) => one.holdsSignature),
    },
    headerNames: new Set(headers.map(({ name }) => name.toLowerCase())),
    headerLengths: new Set(headers.map(({ name }) => name.length)),
    queryNames: new Set(query.map(({ name }) => name)),
  }
  plans.set(auth, plan)
  return plan
}

function toPlaced([name, value]: readonly [string, HmacHeader]): Placed {
  const template = typeof value === 'string' ? value : value.base64
  const placed = {
    name,
    fill: fillerOf(template),
    holdsSignature: templateNames(template).includes('signature'),
  }
  return typeof value === 'string' ? placed : { ...placed, before: value.before }
}

function fillerOf(text: string): Filler {
  const template = parseTemplate(text)
  const getters = template.names.map(getterOf)
  return (values) => fillTemplate(template, (_name, index) => getters[index]?.(values) ?? '')
}

/** How the value of a placeholder is found. */
function getterOf(name: string): Filler {
  switch (name) {
    case 'timestamp':
    case 'nonce':
    case 'bodyHash':
    case 'signature':
      return (values) => values[name]
  }
  const part = REQUEST_PARTS.get(name)
  if (part !== undefined) return ({ request }) => part(request)
  const header = headerOfPart(name)
  if (header !== undefined) return ({ request }) => headerValue(request, header)
  return ({ token }) => neededField(token, name).reveal()
}

/** A copy of the request without what the plan is going to set. */
export function withoutPlaced(
  { headerNames, headerLengths, queryNames }: HmacPlan,
  request: OutgoingRequest,
): OutgoingRequest {
  const headers: Record<string, string> = {}
  for (const name in request.headers) {
    // The length tells most names apart; to compare them without their case costs more.
    if (headerLengths.has(name.length) && headerNames.has(name.toLowerCase())) continue
    headers[name] = request.headers[name] ?? ''
  }
  const { method, body } = request
  if (queryNames.size === 0) return { method, url: request.url, headers, body }
  const url = new URL(request.url)
  const pairs = url.search.slice(1).split('&')
  const kept = pairs.filter((pair) => pair !== '' && !queryNames.has(nameOfPair(pair) ?? ''))
  if (kept.length < pairs.length) url.search = kept.join('&')
  return { method, url, headers, body }
}

/**
 * Sets values on a request that {@link withoutPlaced} has copied: the copy itself is changed.
 * @throws ApplicationFailure `InvalidInput` for a value that no header can have
 */
export function placeValues({ headers, query }: Placing, values: HmacValues): void {
  const { request } = values
  for (const { name, fill, before } of headers) {
    const text = fill(values)
    const value =
      before === undefined ? text : `${before}${Buffer.from(text, 'utf8').toString('base64')}`
    request.headers[name] = checkHeaderValue(name, value)
  }
  if (query.length === 0) return
  // What was there keeps its spelling: some providers sign the query as it is written.
  const pairs = query.map(
    ({ name, fill }) => `${percentEncode(name)}=${percentEncode(fill(values))}`,
  )
  const before = request.url.search.slice(1)
  request.url.search = before === '' ? pairs.join('&') : `${before}&${pairs.join('&')}`
}
