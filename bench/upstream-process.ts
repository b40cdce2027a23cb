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
}

const { pageSize } = childConfig() as UpstreamConfig
let delayMs = 0
const living = new Set<string>()
const tokenRequests = new Map<string, number>()
const order = JSON.stringify({ order: toOrder(1), note: 'x'.repeat(600) })

const server = createServer((request, response) => {
  const url = request.url ?? '/'
  if (url.startsWith('/order')) serveRead(request, response, url)
  else if (url === '/batch') void serveWrite(request, response)
  else if (url === '/token') void serveToken(request, response)
  else send(response, 404, '{}')
})
server.keepAliveTimeout = 60_000
server.listen(0, '127.0.0.1', () => {
  const { port } = server.address() as AddressInfo
  process.send?.({ origin: `http://127.0.0.1:${String(port)}`, tokenRequests: 0 })
})
process.on('message', ({ account, delay }: UpstreamQuestion) => {
  delayMs = delay ?? delayMs
  process.send?.({ origin: '', tokenRequests: tokenRequests.get(account ?? '') ?? 0 })
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
  const [page, pages] = ['page', 'pages'].map((name) => Number(searchParams.get(name)))
  if (pathname !== '/orders' || page === undefined || pages === undefined) {
    send(response, 404, '{}')
    return
  }
  const orders = Array.from({ length: pageSize }, (_, index) => toOrder(page * pageSize + index))
  const next = `http://${request.headers.host ?? ''}/orders?page=${String(page + 1)}&pages=${String(pages)}`
  const link: Record<string, string> = page + 1 < pages ? { link: `<${next}>; rel="next"` } : {}
  later(() => send(response, 200, JSON.stringify({ orders }), link))
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
  const token = `${account}-${String(count)}-`.padEnd(900, 'a')
  living.add(token)
  const answer = {
    access_token: token,
    token_type: 'Bearer',
    expires_in: Number(seconds),
    refresh_token: `${account}.3600.${String(count)}`,
  }
  send(response, 200, JSON.stringify(answer))
}

async function readBody(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = []
  for await (const chunk of request as AsyncIterable<Buffer>) chunks.push(chunk)
  return Buffer.concat(chunks).toString('utf8')
}

function toOrder(index: number) {
  return {
    id: `order-${String(index)}`,
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
  body: string,
  headers: Record<string, string> = {},
): void {
  response.writeHead(status, {
    'content-type': 'application/json',
    'content-length': Buffer.byteLength(body),
    ...headers,
  })
  response.end(body)
}
