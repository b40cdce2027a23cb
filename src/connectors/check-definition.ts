import type * as z from 'zod'
import type { AuthLike, Carriers } from '../auth/kind/auth-kind.js'
import { authKindOf } from '../auth/registry.js'
import { isPathWithin, memberNames } from '../definition/at-path.js'
import { templateNames } from '../definition/template.js'
import type { RequestField } from '../pagination/fields.js'
import { type Pagination, paginationStyle } from '../pagination/registry.js'
import { type FormOf, openVariable, urlProblem } from '../definition/url-rules.js'
import type { VariableRule } from '../definition/variables.js'
import type { ReadAhead } from './connector.js'

/** What a connector may not say for every request: the rest is its own to choose (`Accept`). */
const WIRE_HEADERS = new Set(['accept-encoding', 'content-type'])

interface CheckedEndpoint {
  readonly method: string
  readonly query?: unknown
  readonly body?: unknown
  readonly batch?: { readonly size: number; readonly items?: string | undefined } | undefined
  readonly idempotency?: { readonly header: string } | undefined
  readonly paginate?: Pagination | undefined
}

type Refuse = (path: readonly (string | number)[], message: string) => void

/** What the kind of authentication puts onto a request must have its location to itself. */
export function checkLocations(
  definition: {
    readonly auth: AuthLike
    readonly endpoints: Readonly<Record<string, CheckedEndpoint>>
    readonly variables?: Readonly<Record<string, { readonly from: string }>> | undefined
    readonly headers?: Readonly<Record<string, string>> | undefined
  },
  context: z.core.$RefinementCtx,
): void {
  const { auth, endpoints, variables = {}, headers = {} } = definition
  const kind = authKindOf(auth)
  const carriers = kind.carriers?.(auth) ?? {}
  for (const [name, endpoint] of Object.entries(endpoints)) {
    const refuse: Refuse = (path, message) => {
      context.addIssue({ code: 'custom', path: ['endpoints', name, ...path], message })
    }
    checkHeader(endpoint, carriers, refuse)
    checkQuery(endpoint, carriers, refuse)
    checkPagination(endpoint, carriers, refuse)
    for (const path of carriers.body ?? []) checkBody(endpoint, path, refuse)
  }
  for (const [name, template] of Object.entries(headers)) {
    const message =
      headerProblem(name, carriers, WIRE_HEADERS) ??
      (templateNames(template).every((one) => one === 'account' || Object.hasOwn(variables, one))
        ? undefined
        : "holds a placeholder that is neither {account} nor one of the connector's variables")
    if (message !== undefined)
      context.addIssue({ code: 'custom', path: ['headers', name], message })
  }
  for (const name of kind.fields(auth).filter((field) => variables[field]?.from === 'credential'))
    context.addIssue({
      code: 'custom',
      path: ['variables', name],
      message: 'is also the name of a field of the credential, which auth reads: call it otherwise',
    })
}

function checkHeader({ idempotency }: CheckedEndpoint, carriers: Carriers, refuse: Refuse): void {
  if (idempotency === undefined) return
  const message = headerProblem(idempotency.header, carriers)
  if (message !== undefined) refuse(['idempotency', 'header'], message)
}

function checkQuery({ query }: CheckedEndpoint, carriers: Carriers, refuse: Refuse): void {
  const shape = shapeOf(query)
  const taken = (carriers.query ?? []).find(
    (one) => shape !== undefined && Object.hasOwn(shape, one),
  )
  if (taken !== undefined)
    refuse(['query'], `has the parameter '${taken}', which auth puts the credential into`)
}

function checkBody({ method, body, batch }: CheckedEndpoint, path: string, refuse: Refuse): void {
  if (method === 'GET') {
    refuse(['method'], 'is GET, which has no body, and auth puts the credential into the body')
    return
  }
  if (hasField(body, memberNames(path)))
    refuse(['body'], `has the field '${path}', which auth puts the credential into`)
  const { size, items } = batch ?? { size: 1 }
  if (items === undefined && size > 1)
    refuse(['batch'], 'makes the body a list, which has no field for the credential: name items')
  if (items !== undefined && (isPathWithin(path, items) || isPathWithin(items, path)))
    refuse(['batch', 'items'], `is where auth puts the credential`)
}

function hasField(schema: unknown, [name, ...rest]: readonly string[]): boolean {
  const shape = shapeOf(schema)
  if (name === undefined || shape === undefined || !Object.hasOwn(shape, name)) return false
  return rest.length === 0 || hasField(shape[name], rest)
}

/** The members of an object's schema, of whichever copy of zod; undefined for any other. */
function shapeOf(schema: unknown): Readonly<Record<string, unknown>> | undefined {
  const def = (schema as Partial<z.core.$ZodType> | undefined)?._zod?.def
  return def?.type === 'object' ? (def as z.core.$ZodObjectDef).shape : undefined
}

/** Options of endpoints that are written to. */
const WRITING = ['batch', 'idempotency', 'lookup', 'results', 'onUnknown'] as const

type PagedEndpoint = {
  readonly method: string
  readonly paginate?: Pagination | undefined
  readonly readAhead?: ReadAhead | undefined
} & {
  readonly [Option in (typeof WRITING)[number]]?: unknown
}

/** A field that a style sets in requests is its alone, and the method must have such a field. */
function checkPagination(
  endpoint: PagedEndpoint,
  carriers: Carriers,
  refuse: (path: readonly (string | number)[], message: string) => void,
): void {
  const { method, paginate, readAhead } = endpoint
  if (readAhead !== undefined && !canGuess(paginate))
    refuse(
      ['readAhead'],
      'is for pageNumber() and for offset() with a size: no other tells the next pages before a page has come',
    )
  if (paginate === undefined) return
  if (method !== 'GET' && method !== 'POST') {
    refuse(['paginate'], 'belongs to a GET, or to a POST that only reads')
    return
  }
  const writing = method === 'POST' && WRITING.find((option) => endpoint[option] !== undefined)
  if (typeof writing === 'string')
    refuse([writing], 'belongs to an endpoint that is written to, and one with paginate only reads')
  const seen = new Set<string>()
  for (const { path, field } of paginationStyle(paginate).sets?.(paginate) ?? []) {
    const text = JSON.stringify(field).toLowerCase()
    const message = seen.has(text)
      ? 'is set twice: each value needs a place of its own'
      : problemOf(field, method, carriers)
    seen.add(text)
    if (message !== undefined) refuse(['paginate', ...path], message)
  }
}

function canGuess(paginate: Pagination | undefined): boolean {
  if (paginate === undefined || paginationStyle(paginate).guess === undefined) return false
  return paginate.style !== 'offset' || paginate.size !== undefined
}

function problemOf(field: RequestField, method: string, carriers: Carriers): string | undefined {
  if ('header' in field) return headerProblem(field.header, carriers)
  if ('query' in field)
    return carriers.query?.includes(field.query) === true
      ? 'is the parameter that auth puts the credential into'
      : undefined
  if (method === 'GET') return 'is in the body, and a GET has none'
  const taken = carriers.body?.some(
    (path) => isPathWithin(path, field.body) || isPathWithin(field.body, path),
  )
  return taken === true ? 'is where auth puts the credential' : undefined
}

/** Set for every request, so no endpoint may give them another meaning. */
const OWN_HEADERS = new Set(['accept', 'accept-encoding', 'content-type', 'user-agent'])

/** What is wrong with setting a header beside what auth and every request set; undefined: nothing. */
function headerProblem(
  name: string,
  carriers: Carriers,
  own: ReadonlySet<string> = OWN_HEADERS,
): string | undefined {
  const header = name.toLowerCase()
  const carried = (carriers.headers ?? []).map((one) => one.toLowerCase())
  if (carriers.cookies !== undefined) carried.push('cookie')
  if (carried.includes(header)) return 'is the header that auth puts the credential into'
  return own.has(header) ? 'is a header that every request has for itself' : undefined
}

/** Every URL of the definition, against the variables that it may hold. */
export function checkUrls(
  definition: {
    readonly baseUrl: string
    readonly auth: AuthLike
    readonly variables?: Readonly<Record<string, Pick<VariableRule, 'from' | 'form'>>> | undefined
  },
  context: z.core.$RefinementCtx,
): void {
  const { auth, variables = {} } = definition
  const formOf =
    (before: boolean): FormOf =>
    (name) => {
      const rule = Object.hasOwn(variables, name) ? variables[name] : undefined
      // A value of the token answer is not known when the token is asked for.
      if (rule !== undefined) return before && rule.from === 'answer' ? undefined : rule.form
      return name === 'account' ? 'label' : undefined
    }
  const check = (path: (string | number)[], text: string, before: boolean): void => {
    const message = urlProblem(text, { query: before }, formOf(before))
    if (message !== undefined) context.addIssue({ code: 'custom', path, message })
  }
  check(['baseUrl'], definition.baseUrl, false)
  const chosen = openVariable(definition.baseUrl) ?? ''
  if (Object.hasOwn(variables, chosen) && variables[chosen]?.from === 'answer')
    context.addIssue({
      code: 'custom',
      path: ['baseUrl'],
      message: `lets an answer choose {${chosen}} before a public suffix, below which any customer of the provider has a name: take a host or origin with its own list of hosts`,
    })
  const urls = authKindOf(auth).urls?.(auth) ?? {}
  for (const [path, text] of Object.entries(urls))
    check(['auth', ...path.split('.').map(toPart)], text, true)
  const templates = authKindOf(auth).templates?.(auth) ?? {}
  for (const [path, text] of Object.entries(templates)) {
    const misplaced = templateNames(text).find((name) => {
      const form = formOf(false)(name)
      return form !== 'label' && form !== 'segment'
    })
    if (misplaced === undefined) continue
    const message = `holds the placeholder {${misplaced.slice(0, 40)}}, which nothing gives: neither this part of auth, nor {account}, nor a variable of the connector of the form label or segment`
    context.addIssue({ code: 'custom', path: ['auth', ...path.split('.').map(toPart)], message })
  }
}

function toPart(part: string): string | number {
  return /^\d+$/.test(part) ? Number(part) : part
}
