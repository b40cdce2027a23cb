import type { Endpoint } from '../../src/connectors/connector.js'
import { paginationPlaces } from '../../src/connectors/pagination-places.js'
import { createFailure } from '../../src/contract/failure.js'
import type { SyncEnd } from '../../src/contract/sync.js'
import { toCallRequest } from '../call/call-request.js'
import type { UpstreamRequest } from '../http/upstream-request.js'
import type { UpstreamSession } from '../http/upstream-session.js'
import { paginationStyle } from './pagination/registry.js'
import { bodyAt, formatPosition, parsePosition, type Position, valueAt } from './position.js'

const MAX_PAGE_BYTES = 8 * 1024 * 1024
/** It goes into every checkpoint, and these into histories; in characters. */
const MAX_CURSOR = 64 * 1024

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
  const { connection, failures, resolved } = session
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
  const baseBody: unknown = base.body === undefined ? undefined : JSON.parse(base.body)
  const places = paginate === undefined ? [] : paginationPlaces(paginate).map(({ place }) => place)

  return {
    first:
      (paginate && paginationStyle(paginate).first?.({ url: base.url }, paginate, baseBody)) ??
      ({ url: base.url } satisfies Position),
    fromCursor: (cursor) => {
      const position = parsePosition(cursor, origin, places)
      if (position !== undefined) return position
      throw createFailure(
        'InvalidInput',
        `The checkpoint's cursor is no page of ${connection}.`,
        where,
      )
    },
    toCursor: (position) => {
      if (!session.owns(position.url)) throw failures.foreign(name, position.url)
      // It is seen in histories: never with the key that some upstreams repeat in their links.
      if (places.some((place) => holdsCredential(session, valueAt(position, place))))
        throw failures.unpageable(name, 'the cursor holds the credential, which must not be kept')
      const url = session.withoutCredential(position.url)
      const cursor = formatPosition({ ...position, url }, origin)
      if (cursor.length > MAX_CURSOR)
        throw failures.unpageable(name, `the place of the next page is too long to be kept`)
      return cursor
    },
    toRequest: ({ url, headers, body }) => ({
      ...base,
      url,
      headers: {
        ...base.headers,
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...headers,
      },
      ...(body === undefined ? {} : { body: JSON.stringify(bodyAt(baseBody, body)) }),
      repeatable: true,
      maxBytes,
    }),
  }
}

/** By the one rule for URLs. */
function holdsCredential(session: UpstreamSession, value: string | number | undefined): boolean {
  if (typeof value !== 'string' || value === '') return false
  const probe = new URL('http://probe.invalid/')
  probe.searchParams.set('tokenkeeper-probe', value)
  return session.withoutCredential(probe).search === ''
}
