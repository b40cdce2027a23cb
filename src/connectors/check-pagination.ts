import type { Carriers } from '../auth/auth-kind.js'
import { isPathWithin } from '../definition/at-path.js'
import type { RequestField } from '../pagination/fields.js'
import { type Pagination, paginationStyle } from '../pagination/registry.js'
import { headerProblem } from './header-problem.js'

/** Options of endpoints that are written to. */
const WRITING = ['batch', 'idempotency', 'lookup', 'results', 'onUnknown'] as const

type PagedEndpoint = { readonly method: string; readonly paginate?: Pagination | undefined } & {
  readonly [Option in (typeof WRITING)[number]]?: unknown
}

/** A field that a style sets in requests is its alone, and the method must have such a field. */
export function checkPagination(
  endpoint: PagedEndpoint,
  carriers: Carriers,
  refuse: (path: readonly (string | number)[], message: string) => void,
): void {
  const { method, paginate } = endpoint
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
