import type * as z from 'zod'
import type { AuthLike, Carriers } from '../auth/auth-kind.js'
import { authKindOf } from '../auth/registry.js'
import { templateNames } from '../definition/template.js'
import type { Pagination } from '../pagination/registry.js'
import { checkPagination } from './check-pagination.js'
import { isPathWithin, memberNames } from '../definition/at-path.js'
import { headerProblem } from './header-problem.js'

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

/** What the kind of authentication puts onto a request must have its place to itself. */
export function checkPlaces(
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
