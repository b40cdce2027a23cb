import type { Carriers } from '../auth/auth-kind.js'
import { isWithin } from '../definition/at-path.js'
import { headerProblem } from './header-problem.js'
import type { Pagination, RequestPlace } from './pagination.js'
import { paginationPlaces } from './pagination-places.js'

/** Options of endpoints that are written to. */
const WRITING = ['batch', 'idempotency', 'lookup', 'results', 'onUnknown'] as const

type PagedEndpoint = { readonly method: string; readonly paginate?: Pagination } & {
  readonly [Option in (typeof WRITING)[number]]?: unknown
}

/** What a style puts into requests must have its place to itself, and the method must have that place. */
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
  for (const { path, place } of paginationPlaces(paginate)) {
    const text = JSON.stringify(place).toLowerCase()
    const message = seen.has(text)
      ? 'is set twice: each value needs a place of its own'
      : problemOf(place, method, carriers)
    seen.add(text)
    if (message !== undefined) refuse(['paginate', ...path], message)
  }
}

function problemOf(place: RequestPlace, method: string, carriers: Carriers): string | undefined {
  if ('header' in place) return headerProblem(place.header, carriers)
  if ('query' in place)
    return carriers.query?.includes(place.query) === true
      ? 'is the parameter that auth puts the credential into'
      : undefined
  if (method === 'GET') return 'is in the body, and a GET has none'
  const taken = carriers.body?.some(
    (path) => isWithin(path, place.body) || isWithin(place.body, path),
  )
  return taken === true ? 'is where auth puts the credential' : undefined
}
