import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

/** A request that had a living credential, as a route gets it. */
export interface UpstreamRequest {
  readonly method: string
  readonly url: URL
  readonly headers: Readonly<Record<string, string>>
  /** Parsed where it is JSON. */
  readonly body: unknown
}

export interface UpstreamAnswer {
  /** Default 200. */
  readonly status?: number | undefined
  readonly headers?: Readonly<Record<string, string>> | undefined
  /** Sent as JSON; absent: no body. */
  readonly body?: unknown
}

export type UpstreamRoute = (request: UpstreamRequest) => UpstreamAnswer | Promise<UpstreamAnswer>

export interface StrictUpstreamOptions {
  /**
   * Credentials that are alive from the start.
   * @example credentials: ['key-1']
   */
  readonly credentials: readonly string[]
  /**
   * By method and path: `'GET /orders'`.
   * @example routes: { 'GET /orders': () => ({ body: [{ id: 1 }] }) }
   */
  readonly routes: Readonly<Record<string, UpstreamRoute>>
  /**
   * Where the credential is. Default: after `Bearer ` in `Authorization`.
   * @example credentialOf: ({ headers }) => headers['x-api-key']
   */
  readonly credentialOf?:
    ((request: Omit<UpstreamRequest, 'body'>) => string | undefined) | undefined
}

/** What the upstream itself counted. */
export interface UpstreamCounters {
  readonly requests: number
  /** 401s that it answered. */
  readonly rejections: number
  /** Accepted requests by credential. */
  readonly acceptedWith: ReadonlyMap<string, number>
}

export interface StrictUpstream {
  /** `http://127.0.0.1:<port>` */
  readonly origin: string
  readonly counters: UpstreamCounters
  accept(credential: string): void
  /** From now on the credential is answered by 401. */
  revoke(credential: string): void
  stop(): Promise<void>
}

/**
 * Starts an upstream on a free port of 127.0.0.1 that lets nothing pass: 401 for every request without
 * a living credential, 404 for every route that is not declared. A route that throws answers 500.
 */
export async function createStrictUpstream(
  options: StrictUpstreamOptions,
): Promise<StrictUpstream> {
  const alive = new Set(options.credentials)
  const acceptedWith = new Map<string, number>()
  const counters = { requests: 0, rejections: 0, acceptedWith }
  const credentialOf = options.credentialOf ?? bearerOf

  const answer = async (incoming: IncomingMessage): Promise<UpstreamAnswer> => {
    counters.requests += 1
    const { method = 'GET' } = incoming
    const url = new URL(incoming.url ?? '/', origin)
    const headers = Object.fromEntries(
      Object.entries(incoming.headers).map(([name, value]) => [name, String(value)]),
    )
    const body = await readBody(incoming)
    const credential = credentialOf({ method, url, headers })
    if (credential === undefined || !alive.has(credential)) {
      counters.rejections += 1
      return { status: 401, headers: { 'www-authenticate': 'Bearer' } }
    }
    acceptedWith.set(credential, (acceptedWith.get(credential) ?? 0) + 1)
    const name = `${method} ${url.pathname}`
    const route = Object.hasOwn(options.routes, name) ? options.routes[name] : undefined
    return (await route?.({ method, url, headers, body })) ?? { status: 404 }
  }

  const server = createServer((incoming, outgoing) => {
    answer(incoming).then(
      (ready) => send(outgoing, ready),
      () => send(outgoing, { status: 500 }),
    )
  })
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(0, '127.0.0.1', resolve)
  })
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  return {
    origin,
    counters,
    accept: (credential) => void alive.add(credential),
    revoke: (credential) => void alive.delete(credential),
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}

/** A route that answers a list in pages with `Link: <…?page=2>; rel="next"` (RFC 8288). */
export function linkedPages(items: readonly unknown[], pageSize: number): UpstreamRoute {
  return ({ url }) => {
    const page = Number(url.searchParams.get('page') ?? '1')
    const next = new URL(url)
    next.searchParams.set('page', String(page + 1))
    const isLast = page * pageSize >= items.length
    return {
      body: items.slice((page - 1) * pageSize, page * pageSize),
      headers: isLast ? {} : { link: `<${next.href}>; rel="next"` },
    }
  }
}

function bearerOf({ headers }: Omit<UpstreamRequest, 'body'>): string | undefined {
  return /^Bearer (.+)$/.exec(headers['authorization'] ?? '')?.[1]
}

async function readBody(incoming: IncomingMessage): Promise<unknown> {
  const chunks: Buffer[] = []
  for await (const chunk of incoming as AsyncIterable<Buffer>) chunks.push(chunk)
  const text = Buffer.concat(chunks).toString('utf8')
  try {
    return JSON.parse(text) as unknown
  } catch {
    return text === '' ? undefined : text
  }
}

function send(outgoing: ServerResponse, { status = 200, headers, body }: UpstreamAnswer): void {
  outgoing.writeHead(status, { 'content-type': 'application/json', ...headers })
  outgoing.end(body === undefined ? undefined : JSON.stringify(body))
}
