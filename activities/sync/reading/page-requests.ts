import type { Endpoint } from '../../../src/connectors/connector.js'
import { createFailure } from '../../../src/contract/failure.js'
import type { SyncEnd } from '../../../src/contract/sync.js'
import { type Position, valueAt } from '../../../src/pagination/position.js'
import { paginationStyle } from '../../../src/pagination/registry.js'
import { parseJson, writeJson } from '../../../src/wire/json.js'
import { toCallRequest } from '../../call/call-request.js'
import type { UpstreamRequest } from '../../connection/upstream-request.js'
import type { UpstreamSession } from '../../connection/upstream-session.js'
import { bodyAt, formatPosition, parsePosition } from './position.js'

const MAX_PAGE_BYTES = 8 * 1024 * 1024
/** It goes into every checkpoint, and these into histories; in characters. */
const MAX_CURSOR = 64 * 1024
const HELD = 'the place of the next page holds the credential, which must not be kept'

/** Makes the requests for the pages of a source, and the cursors that stand for them. */
export interface PageRequests {
  readonly first: Position
  /** @throws ApplicationFailure `InvalidInput` */
  readonly fromCursor: (cursor: string) => Position
  /** @throws ApplicationFailure `ForeignOrigin`, or `AnswerInvalid` where a value holds the credential */
  readonly toCursor: (position: Position) => string
  readonly toRequest: (position: Position) => UpstreamRequest
}

/** @throws ApplicationFailure `InvalidInput` */
export async function createPageRequests(
  session: UpstreamSession,
  endpoint: Endpoint,
  { endpoint: name, input = {} }: SyncEnd,
): Promise<PageRequests> {
  const { connection, failures, guard, resolved } = session
  const { paginate, method, maxBytes = MAX_PAGE_BYTES } = endpoint
  const where = { connection, endpoint: name }
  if (method !== 'GET' && (method !== 'POST' || paginate === undefined))
    throw createFailure(
      'InvalidInput',
      `${connection} ${name} is a ${method}; a sync reads from an endpoint that is a GET, or a POST with paginate.`,
      where,
    )
  const { idempotency: _ofWrites, ...reading } = endpoint
  const base = await toCallRequest(resolved, reading, { endpoint: name, input, idempotencyKey: '' })
  const { origin } = base.url
  const baseBody: unknown = base.body === undefined ? undefined : parseJson(base.body)
  const style = paginate && paginationStyle(paginate)
  /** Where a cursor stands alone, the input's own body is sent with the first page only. */
  const isAlone = paginate !== undefined && style?.isAlone?.(paginate) === true
  const fields = (paginate && style?.sets?.(paginate))?.map(({ field }) => field) ?? []

  const { pathname } = base.url
  const below = (paginate && style?.paths?.(paginate)) ?? []
  const context = resolved.baseUrl.pathname.replace(/\/$/, '')
  /** Whether anybody who may start a sync may name it: a path beside the endpoint's own is another endpoint. */
  const plain = plainPath(pathname)
  const isOwn = (url: URL): boolean =>
    url.pathname === pathname ||
    plainPath(url.pathname) === plain ||
    (!/%(?:2f|5c)/i.test(url.pathname) &&
      below.some((path) => `${plainPath(url.pathname)}/`.startsWith(`${context}${path}/`)))
  /** The page that was named last is the one that is asked for next: its cursor needn't be read again. */
  let named: { readonly cursor: string; readonly position: Position } | undefined
  const proved = (page: string): string => JSON.stringify([connection, name, page])

  return {
    first:
      (paginate && style?.first?.({ url: base.url }, paginate, baseBody)) ??
      ({ url: base.url } satisfies Position),
    fromCursor: (cursor) => {
      if (named?.cursor === cursor) return named.position
      const position = parsePosition(cursor, {
        origin,
        fields,
        // One of another origin is refused by that where it would be sent.
        isOwn: (url) => isOwn(url) || !guard.owns(url),
        isProved: (page, proof) => session.proofs?.proves(proved(page), proof) === true,
      })
      if (position !== undefined) return position
      throw createFailure(
        'InvalidInput',
        `The checkpoint's cursor is no page of ${connection} ${name}: neither of the endpoint's own path nor shown to come from one of its answers (by a key that this worker has). Replay the sync from the start, or name the path in 'paths' of the endpoint's paginate.`,
        where,
      )
    },
    toCursor: (given) => {
      const position = { ...given, url: guard.ownUrl(given.url) }
      if (!guard.owns(position.url)) throw failures.foreign(name, position.url)
      // It is seen in histories: never with the key that some upstreams repeat in their links.
      const values = fields.map((field) => valueAt(position, field))
      if (values.some((value) => typeof value === 'string' && guard.isIn(value)))
        throw failures.unpageable(name, HELD)
      const url = guard.withoutCredential(position.url)
      const proof = (page: string): string => session.proofs?.prove(proved(page)) ?? ''
      const isOfThis = isOwn(url)
      const cursor = formatPosition({ ...position, url }, origin, isOfThis ? undefined : proof)
      if (guard.isIn(cursor)) throw failures.unpageable(name, HELD)
      if (cursor.length > MAX_CURSOR)
        throw failures.unpageable(name, `the place of the next page is too long to be kept`)
      // What is more than a URL is taken as it will come out of a checkpoint.
      if (isOfThis && !cursor.startsWith('{')) named = { cursor, position: { url } }
      return cursor
    },
    toRequest: ({ url, headers, body }) => {
      const contentType = body && { 'content-type': endpoint.contentType ?? 'application/json' }
      return {
        ...base,
        url,
        headers: { ...base.headers, ...contentType, ...headers },
        body:
          body === undefined ? base.body : writeJson(bodyAt(isAlone ? undefined : baseBody, body)),
        repeatable: true,
        maxBytes,
      }
    },
  }
}

/** Without a slash at the end; what is escaped and needn't be counts as written out. */
function plainPath(pathname: string): string {
  const path = pathname.endsWith('/') ? pathname.slice(0, -1) : pathname
  if (!path.includes('%')) return path
  return path.replaceAll(/%([0-9a-f]{2})/gi, (escaped: string, hex: string) => {
    const character = String.fromCharCode(parseInt(hex, 16))
    return /[A-Za-z0-9._~-]/.test(character) ? character : escaped.toUpperCase()
  })
}
