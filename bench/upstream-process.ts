import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { childConfig } from './child.js'
import { SINK_KEY } from './upstream.js'

/**
 * Shop, ERP and token endpoint of the bench in a process of their own, so that they take their time
 * from both sides alike. Every request needs its credential.
 */
export interface UpstreamConfig {
  readonly pageSize: number
}

export interface UpstreamQuestion {
  /** Whose token requests are asked for. */
  readonly account?: string
  /** How long a page or a write takes from now on, in milliseconds. */
  readonly delay?: number
  /** Whether refreshes of tokens are asked for. */
  readonly refreshes?: boolean
}

const { pageSize } = childConfig() as UpstreamConfig
let delayMs = 0
const living = new Set<string>()
const tokenRequests = new Map<string, number>()
/** When each account was given its token. */
const issuedAtMs = new Map<string, number>()
/** At which share of the life of the token before it each refresh came. */
const refreshedAt: number[] = []
const order = JSON.stringify({ order: toOrder(1), note: 'x'.repeat(600) })

const server = createServer((request, response) => {
  const url = request.url ?? '/'
  if (url.startsWith('/order')) serveRead(request, response, url)
  else if (url === '/batch') void serveWrite(request, response)
  else if (url === '/take' || url === '/take-at-once') takeWrite(request, response)
  else if (url === '/token') void serveToken(request, response)
  else if (url === '/hang') request.resume()
  else send(response, 404, '{}')
})
server.keepAliveTimeout = 60_000
server.listen(0, '127.0.0.1', () => {
  const { port } = server.address() as AddressInfo
  process.send?.({ origin: `http://127.0.0.1:${String(port)}`, tokenRequests: 0 })
})
process.on('message', ({ account, delay, refreshes = false }: UpstreamQuestion) => {
  delayMs = delay ?? delayMs
  process.send?.({
    origin: '',
    tokenRequests: tokenRequests.get(account ?? '') ?? 0,
    refreshedAt: refreshes ? refreshedAt : [],
  })
})

function serveRead(request: IncomingMessage, response: ServerResponse, url: string): void {
  const token = request.headers.authorization?.slice('Bearer '.length) ?? ''
  if (!living.has(token)) {
    send(response, 401, '{}')
    return
  }
  if (url === '/order') {
    send(response, 200, order)
    return
  }
  const { searchParams, pathname } = new URL(url, 'http://127.0.0.1')
  if (pathname === '/orders/shaped') {
    serveShaped(request, response, searchParams)
    return
  }
  const place = toPlace(pathname, searchParams)
  if (place === undefined) {
    send(response, 404, '{}')
    return
  }
  const { page, pages } = place
  const count = page < pages ? pageSize : 0
  const orders = Array.from({ length: count }, (_, index) => toOrder(page * pageSize + index))
  const more = page + 1 < pages
  const next = `http://${request.headers.host ?? ''}/orders?page=${String(page + 1)}&pages=${String(pages)}`
  const link: Record<string, string> =
    pathname === '/orders' && more ? { link: `<${next}>; rel="next"` } : {}
  const cursor = pathname === '/orders/by-cursor' && more ? { next: `c${String(page + 1)}` } : {}
  later(() => send(response, 200, JSON.stringify({ orders, ...cursor }), link))
}

/** So many pages of a shape are made, and given again and again: to make them takes more than to read them. */
const PAGES_OF_A_SHAPE = 4
const shaped = new Map<string, Buffer>()

/** A page of so many records of so many bytes each. */
function serveShaped(
  { headers }: IncomingMessage,
  response: ServerResponse,
  parameters: URLSearchParams,
): void {
  const asked = (name: string): number => Number(parameters.get(name))
  const [page, pages, bytes] = [asked('page'), asked('pages'), asked('bytes')]
  const size = page < pages ? asked('size') : 0
  const key = `${String(size)}.${String(bytes)}.${String(page % PAGES_OF_A_SHAPE)}`
  const body = shaped.get(key) ?? toShapedPage(page, size, bytes)
  shaped.set(key, body)
  const rest = `pages=${String(pages)}&size=${String(size)}&bytes=${String(bytes)}`
  const next = `http://${headers.host ?? ''}/orders/shaped?page=${String(page + 1)}&${rest}`
  const link: Record<string, string> = page + 1 < pages ? { link: `<${next}>; rel="next"` } : {}
  later(() => send(response, 200, body, link))
}

function toShapedPage(page: number, size: number, bytes: number): Buffer {
  const orders = Array.from({ length: size }, (_, at) => {
    const order = { ...toOrder(page * size + at), note: '' }
    const note = 'x'.repeat(Math.max(0, bytes - JSON.stringify(order).length))
    return { ...order, note }
  })
  return Buffer.from(JSON.stringify({ orders }))
}

/** Takes what comes without a look at it: what a sink costs is the same for both sides, and hides what they cost. */
function takeWrite(request: IncomingMessage, response: ServerResponse): void {
  const { 'x-api-key': key, 'idempotency-key': idempotencyKey } = request.headers
  const isKnown = key === SINK_KEY && idempotencyKey !== undefined
  const answer = (): void => send(response, isKnown ? 200 : 401, '{}')
  request.resume().once('end', () => {
    if (request.url === '/take-at-once') answer()
    else later(answer)
  })
}

/** Which page is asked for, in the style of each path. */
function toPlace(
  pathname: string,
  parameters: URLSearchParams,
): { readonly page: number; readonly pages: number } | undefined {
  const pages = Number(parameters.get('pages'))
  switch (pathname) {
    case '/orders':
      return { page: Number(parameters.get('page')), pages }
    case '/orders/by-cursor':
      return { page: Number((parameters.get('cursor') ?? 'c0').slice(1)), pages }
    case '/orders/by-key':
      // Numbers begin at 1, so that the key of a page's last record is how many come before the next.
      return { page: Number(parameters.get('since_id') ?? 0) / pageSize, pages }
    default:
      return undefined
  }
}

async function serveWrite(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const { orders } = JSON.parse(await readBody(request)) as { readonly orders: readonly unknown[] }
  const { 'x-api-key': key, 'idempotency-key': idempotencyKey } = request.headers
  if (key !== SINK_KEY || idempotencyKey === undefined) send(response, 401, '{}')
  else later(() => send(response, 200, JSON.stringify({ accepted: orders.length })))
}

/** The refresh token tells the account and how long the token after it lives: `<account>.<seconds>`; the next one an hour. */
async function serveToken(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const form = new URLSearchParams(await readBody(request))
  const [account = '', seconds = '3600'] = (form.get('refresh_token') ?? 'plain').split('.')
  const count = (tokenRequests.get(account) ?? 0) + 1
  tokenRequests.set(account, count)
  const isOften = account.startsWith('often')
  if (isOften) noteRefresh(account, Number(seconds))
  const token = `${account}-${String(count)}-`.padEnd(900, 'a')
  living.add(token)
  const answer = {
    access_token: token,
    token_type: 'Bearer',
    expires_in: Number(seconds),
    // Only tokens of such an account go on to live as long as the first one.
    refresh_token: `${account}.${isOften ? seconds : '3600'}.${String(count)}`,
  }
  send(response, 200, JSON.stringify(answer))
}

function noteRefresh(account: string, seconds: number): void {
  const nowMs = Date.now()
  const beforeMs = issuedAtMs.get(account)
  issuedAtMs.set(account, nowMs)
  if (beforeMs !== undefined) refreshedAt.push((nowMs - beforeMs) / (seconds * 1000))
}

async function readBody(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = []
  for await (const chunk of request as AsyncIterable<Buffer>) chunks.push(chunk)
  return Buffer.concat(chunks).toString('utf8')
}

function toOrder(index: number) {
  return {
    id: `order-${String(index)}`,
    number: index + 1,
    total: `${String((index * 37) % 500)}.00`,
    createdAt: '2026-01-01T00:00:00.000Z',
    customer: { name: 'Ada Lovelace', email: 'ada@example.org' },
    lines: [{ sku: `sku-${String(index % 97)}`, quantity: 1 + (index % 5) }],
  }
}

function later(answer: () => void): void {
  if (delayMs === 0) answer()
  else setTimeout(answer, delayMs)
}

function send(
  response: ServerResponse,
  status: number,
  body: string | Buffer,
  headers: Record<string, string> = {},
): void {
  response.writeHead(status, {
    'content-type': 'application/json',
    'content-length': Buffer.byteLength(body),
    ...headers,
  })
  response.end(body)
}
