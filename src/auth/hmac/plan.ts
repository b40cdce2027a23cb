import type { OutgoingRequest } from '../auth-kind.js'
import { percentEncode } from '../form-parameters.js'
import { checkHeaderValue } from '../header-value.js'
import type { HmacAuth, HmacHeader } from './definition.js'
import { fillIn, parseTemplate, type Template } from './template.js'

/** A value to be set on the request. */
interface Placed {
  readonly name: string
  readonly template: Template
  /** Of a header: the template's text goes behind this as base64. */
  readonly before?: string
}

interface Placing {
  readonly headers: readonly Placed[]
  readonly query: readonly Placed[]
}

/** A definition, taken apart once: what is set before the request is signed, and what with the signature. */
export interface HmacPlan {
  readonly text: Template
  readonly unsigned: Placing
  readonly signed: Placing
  /** Every header that is set, in lower case. */
  readonly headerNames: ReadonlySet<string>
  readonly queryNames: ReadonlySet<string>
}

const plans = new WeakMap<HmacAuth, HmacPlan>()

export function planOf(auth: HmacAuth): HmacPlan {
  const known = plans.get(auth)
  if (known !== undefined) return known
  const headers = Object.entries(auth.headers ?? {}).map(toPlaced)
  const query = Object.entries(auth.query ?? {}).map(toPlaced)
  const holdsSignature = ({ template }: Placed): boolean => template.names.includes('signature')
  const plan: HmacPlan = {
    text: parseTemplate(auth.text),
    unsigned: {
      headers: headers.filter((one) => !holdsSignature(one)),
      query: query.filter((one) => !holdsSignature(one)),
    },
    signed: { headers: headers.filter(holdsSignature), query: query.filter(holdsSignature) },
    headerNames: new Set(headers.map(({ name }) => name.toLowerCase())),
    queryNames: new Set(query.map(({ name }) => name)),
  }
  plans.set(auth, plan)
  return plan
}

function toPlaced([name, value]: readonly [string, HmacHeader]): Placed {
  return typeof value === 'string'
    ? { name, template: parseTemplate(value) }
    : { name, template: parseTemplate(value.base64), before: value.before }
}

/** A copy of the request without what the plan is going to set. */
export function withoutPlaced(
  { headerNames, queryNames }: HmacPlan,
  request: OutgoingRequest,
): OutgoingRequest {
  const headers: Record<string, string> = {}
  for (const name in request.headers)
    if (!headerNames.has(name.toLowerCase())) headers[name] = request.headers[name] ?? ''
  if (queryNames.size === 0) return { ...request, headers }
  const url = new URL(request.url)
  const pairs = url.search.slice(1).split('&')
  const kept = pairs.filter((pair) => pair !== '' && !queryNames.has(nameOfPair(pair)))
  if (kept.length < pairs.length) url.search = kept.join('&')
  return { ...request, url, headers }
}

/**
 * Sets values on a request that {@link withoutPlaced} has copied: the copy itself is changed.
 * @throws ApplicationFailure `InvalidInput` for a value that no header can have
 */
export function place(
  { headers, query }: Placing,
  request: OutgoingRequest,
  valueOf: (name: string) => string,
): void {
  for (const { name, template, before } of headers) {
    const text = fillIn(template, valueOf)
    const value =
      before === undefined ? text : `${before}${Buffer.from(text, 'utf8').toString('base64')}`
    request.headers[name] = checkHeaderValue(name, value)
  }
  if (query.length === 0) return
  // What was there keeps its spelling: some providers sign the query as it is written.
  const pairs = query.map(
    ({ name, template }) => `${percentEncode(name)}=${percentEncode(fillIn(template, valueOf))}`,
  )
  const before = request.url.search.slice(1)
  request.url.search = before === '' ? pairs.join('&') : `${before}&${pairs.join('&')}`
}

function nameOfPair(pair: string): string {
  return [...new URLSearchParams(`&${pair}`).keys()][0] ?? ''
}
