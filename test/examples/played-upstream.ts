import { createExchangeOnce } from '../../activities/network/exchange-once.js'
import { LOOPBACK } from '../fixtures/loopback-policy.js'
import { sendRequest } from '../../activities/network/send-request.js'
import { createUpstreamAgent } from '../../activities/network/upstream-agents.js'
import type { OutgoingRequest } from '../../src/auth/kind/auth-kind.js'
import type { ExchangeOnce } from '../../src/auth/kind/exchange.js'
import { readBody, startLoopbackServer } from '../fixtures/loopback-server.js'
import type { WireMessage } from './docs-page.js'

/** Headers that any request may have without a page showing them. */
const BARE = new Set([
  'accept',
  'accept-encoding',
  'connection',
  'content-length',
  'content-type',
  'user-agent',
])

/** Plays the other side of a page's transcript and compares what really comes in with what it shows. */
export interface PlayedUpstream {
  readonly exchangeOnce: ExchangeOnce
  /** Sends as a call does; the page's host is dialled on the loopback. */
  readonly send: (request: OutgoingRequest) => Promise<number | undefined>
  /** The request that has to come next, if any. */
  readonly next: () => WireMessage | undefined
  /** What came in differently from what is shown. */
  readonly differences: readonly string[]
  readonly stop: () => Promise<void>
}

export async function startPlayedUpstream(
  transcript: readonly WireMessage[],
  now: () => number,
): Promise<PlayedUpstream> {
  const left = [...transcript]
  const differences: string[] = []
  const { origin, stop } = await startLoopbackServer(async (request, response) => {
    const came: WireMessage = {
      from: 'request',
      start: `${request.method ?? ''} ${request.url ?? ''} HTTP/${request.httpVersion}`,
      headers: Object.entries(request.headers).map(([name, value]) => [name, String(value)]),
      body: await readBody(request),
    }
    const shown = left.shift()
    const found = shown?.from === 'request' ? differencesOf(came, shown) : ['a request too many']
    differences.push(...found)
    const answer = left[0]?.from === 'answer' ? left.shift() : undefined
    const status = Number(/^HTTP\/1\.1 (\d{3})/.exec(answer?.start ?? 'HTTP/1.1 200')?.[1])
    for (const [name, value] of answer?.headers ?? []) response.appendHeader(name, value)
    response.writeHead(found.length === 0 ? status : 500).end(answer?.body ?? '')
  })
  const dialled = (url: URL): string => `${origin}${url.pathname}${url.search}`
  const exchangeOnce = createExchangeOnce({ network: LOOPBACK, now })
  const agent = createUpstreamAgent({ network: LOOPBACK })
  return {
    differences,
    next: () => left[0],
    stop: async () => {
      await agent.close()
      await stop()
    },
    exchangeOnce: (request) => {
      const url = new URL(request.url)
      const headers = { host: url.host, ...request.headers }
      return exchangeOnce({ ...request, url: dialled(url), headers })
    },
    send: async ({ url, headers, ...rest }) => {
      const dialledRequest = {
        ...rest,
        url: new URL(dialled(url)),
        headers: { host: url.host, ...headers },
      }
      const limits = {
        maxBytes: 1_000_000,
        timeoutMs: 60_000,
        signal: new AbortController().signal,
      }
      const sending = await sendRequest(agent, dialledRequest, limits)
      return sending.outcome === 'answered' ? sending.status : undefined
    },
  }
}

function differencesOf(came: WireMessage, shown: WireMessage): string[] {
  const differences: string[] = []
  const compare = (what: string, actual: string | undefined, expected: string): void => {
    if (actual === undefined || !matches(actual, expected))
      differences.push(`${what}: shown ${expected}, sent ${actual ?? 'nothing'}`)
  }
  compare('start', came.start, shown.start)
  compare('body', came.body, shown.body)
  const headers = new Map(came.headers)
  for (const [name, value] of shown.headers) compare(name, headers.get(name), value)
  const names = new Set(shown.headers.map(([name]) => name))
  for (const [name, value] of came.headers)
    if (!names.has(name) && !BARE.has(name)) differences.push(`${name} is not shown: ${value}`)
  return differences
}

function matches(actual: string, expected: string): boolean {
  const parts = expected.split('…').map((part) => part.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&'))
  return new RegExp(`^${parts.join('.+')}$`, 's').test(actual)
}
