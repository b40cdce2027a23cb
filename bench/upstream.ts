import { request } from 'undici'
import {
  apiKey,
  type Connector,
  cursor,
  defineConnector,
  get,
  keyset,
  linkHeader,
  pageNumber,
  post,
  refreshToken,
} from '../src/connectors/index.js'
import { startChild } from './child.js'
import type { UpstreamConfig, UpstreamQuestion } from './upstream-process.js'

export const SINK_KEY = 'sink-key'
export const PAGE_SIZE = 50

export interface Upstream {
  readonly origin: string
  readonly connectors: readonly Connector[]
  /** Token requests that came for an account. */
  readonly tokenRequests: (account: string) => Promise<number>
  /** Refreshes of tokens that live as long each time: of accounts whose name begins with `often`. */
  readonly refreshes: () => Promise<RefreshesTold>
  /** How long a page or a write takes from now on, but for `/take-at-once`; 0 at the start. */
  readonly setDelay: (delayMs: number) => Promise<void>
  /** A token as a plain program gets it. */
  readonly plainToken: () => Promise<string>
}

export interface RefreshesTold {
  readonly count: number
  /** At which share of the life of the token before it each of them came. */
  readonly shares: readonly number[]
}

interface Told {
  readonly origin: string
  readonly tokenRequests: number
  readonly refreshedAt?: readonly number[]
}

/** Starts the upstream process. It ends with this one. */
export async function startUpstream(): Promise<Upstream> {
  const config: UpstreamConfig = { pageSize: PAGE_SIZE }
  const child = await startChild<Told>('upstream-process.js', config)
  const { origin } = child.first
  const ask = (question: UpstreamQuestion): Promise<Told> => child.ask(question)
  return {
    origin,
    connectors: benchConnectors(origin),
    tokenRequests: async (account) => (await ask({ account })).tokenRequests,
    refreshes: async () => {
      const { refreshedAt: shares = [] } = await ask({ refreshes: true })
      return { count: shares.length, shares }
    },
    setDelay: async (delay) => {
      await ask({ delay })
    },
    plainToken: () => plainToken(origin),
  }
}

/** A token as a plain program gets it. */
export async function plainToken(origin: string): Promise<string> {
  const answer = await request(`${origin}/token`, { method: 'POST', body: '' })
  const { access_token: token } = (await answer.body.json()) as { readonly access_token: string }
  return token
}

const SHORTEST_IDLE_MS = 60_000
/** A grant that dies unused is used after four fifths of that time: what stands for a day at `seldom`. */
export const SCALED_DAY_MS = 0.8 * SHORTEST_IDLE_MS

/**
 * `shop` with tokens that die, `hung` whose token endpoint never answers, `sink` with a key, and `seldom` that nobody
 * uses: a refresh each day, which is 48 s long there.
 */
export function benchConnectors(origin: string): readonly Connector[] {
  const grant = (refresh?: Parameters<typeof refreshToken>[0]['refresh']) =>
    refreshToken({
      rotation: 'rotating',
      tokenUrl: `${origin}/token`,
      clientId: 'bench',
      clientAuthentication: 'none',
      refresh,
    })
  const shop = defineConnector({
    id: 'shop',
    baseUrl: origin,
    // An expired connection stays expired until a flow asks.
    auth: grant({ mode: 'on-demand', minRefreshGapMs: 0 }),
    endpoints: {
      order: get('/order'),
      'orders.list': get('/orders', { items: 'orders', paginate: linkHeader() }),
      'orders.by-cursor': get('/orders/by-cursor', {
        items: 'orders',
        paginate: cursor({ from: { body: 'next' }, to: { query: 'cursor' } }),
      }),
      'orders.shaped': get('/orders/shaped', { items: 'orders', paginate: linkHeader() }),
      'orders.ahead': get('/orders/shaped', {
        items: 'orders',
        paginate: pageNumber({ param: 'page', first: 0 }),
        readAhead: { pages: 4 },
      }),
      'orders.by-key': get('/orders/by-key', {
        items: 'orders',
        paginate: keyset({ by: { param: 'since_id', field: 'number' }, stop: 'empty-page' }),
      }),
    },
  })
  const timed = defineConnector({
    id: 'timed',
    baseUrl: origin,
    auth: grant(),
    endpoints: { order: get('/order') },
  })
  const seldom = defineConnector({
    id: 'seldom',
    baseUrl: origin,
    auth: grant({ mode: 'used', usedWithinMs: 60_000, idleLimitMs: SHORTEST_IDLE_MS }),
    endpoints: {},
  })
  const hung = defineConnector({
    id: 'hung',
    baseUrl: origin,
    auth: refreshToken({
      rotation: 'rotating',
      tokenUrl: `${origin}/hang`,
      clientId: 'bench',
      clientAuthentication: 'none',
    }),
    endpoints: {},
  })
  const sink = defineConnector({
    id: 'sink',
    baseUrl: origin,
    auth: apiKey({ in: 'header', name: 'X-Api-Key' }),
    endpoints: {
      'orders.upsert': post('/batch', {
        batch: { size: PAGE_SIZE, items: 'orders' },
        idempotency: { header: 'Idempotency-Key', id: 'id' },
      }),
      'orders.take': post('/take', {
        batch: { size: 1000, items: 'orders' },
        idempotency: { header: 'Idempotency-Key', id: 'id' },
      }),
      'orders.take-at-once': post('/take-at-once', {
        batch: { size: 1000, items: 'orders' },
        idempotency: { header: 'Idempotency-Key', id: 'id' },
      }),
    },
  })
  return [shop, timed, seldom, hung, sink]
}
