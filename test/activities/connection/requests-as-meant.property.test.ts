import { type AddressInfo, createServer, type Server } from 'node:net'
import fc from 'fast-check'
import { Agent } from 'undici'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { checkOutgoing } from '../../../activities/connection/check-outgoing.js'
import { sendRequest } from '../../../activities/network/send-request.js'
import type { OutgoingRequest } from '../../../src/auth/kind/auth-kind.js'
import { failureCode } from '../../../src/contract/failure.js'

/** What came over the wire, read by RFC 9112 and nothing more tolerant. */
interface Read {
  readonly line: string
  readonly headers: readonly (readonly [string, string])[]
  readonly body: Buffer
  /** Bytes behind the request: another request that nobody meant. */
  readonly behind: number
}

const WHERE = { connection: 'shop/acme', endpoint: 'orders' }
const read: Read[] = []
let server: Server
let origin: string
const agent = new Agent()

beforeAll(async () => {
  server = createServer((socket) => {
    let bytes = Buffer.alloc(0)
    socket.on('error', () => undefined)
    socket.on('data', (chunk) => {
      bytes = Buffer.concat([bytes, chunk])
      const end = bytes.indexOf('\r\n\r\n')
      if (end < 0) return
      const [line = '', ...lines] = bytes.subarray(0, end).toString('latin1').split('\r\n')
      const headers = lines.map((one) => {
        const [, name = '?', value = ''] =
          /^([!#$%&'*+.^_`|~\w-]+):[ \t]*(.*?)[ \t]*$/s.exec(one) ?? []
        return [name.toLowerCase(), value] as const
      })
      const lengths = headers.filter(([name]) => name === 'content-length')
      const length = Number(lengths[0]?.[1] ?? 0)
      const rest = bytes.subarray(end + 4)
      if (rest.length < length) return
      read.push({ line, headers, body: rest.subarray(0, length), behind: rest.length - length })
      bytes = Buffer.alloc(0)
      socket.write('HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}')
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  origin = `http://127.0.0.1:${String((server.address() as AddressInfo).port)}`
})
afterAll(async () => {
  await agent.destroy()
  server.close()
})

const odd = fc.constantFrom(
  '\r\n',
  '\n',
  '\0',
  '\ud800',
  '\u20ac',
  'é',
  ' ',
  '\t',
  ':',
  '%0d%0a',
  '"',
  '\\',
)
const text = fc
  .array(fc.oneof({ weight: 4, arbitrary: fc.string({ maxLength: 6 }) }, odd), { maxLength: 4 })
  .map((parts) => parts.join(''))
const method = fc.oneof(
  { weight: 6, arbitrary: fc.constantFrom('GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'QUERY') },
  fc.constantFrom('get', 'CONNECT', 'GET /x', 'GET\r\nx: y', '', 'PURGE'),
)
const headerName = fc.oneof(
  { weight: 4, arbitrary: fc.stringMatching(/^x-[a-z]{1,6}$/) },
  fc.constantFrom('host', 'content-length', 'transfer-encoding', 'connection', 'upgrade', 'expect'),
  fc.constantFrom('keep-alive', 'te', 'trailer', 'proxy-connection', 'x y', 'x\r\ny', '', 'é'),
)
const headerValue = fc.oneof(
  { weight: 4, arbitrary: text },
  fc.constantFrom('chunked', '0', '5', 'close', '100-continue', 'websocket', 'evil.example'),
)
const requests = fc.record({
  method,
  path: text,
  query: text,
  headers: fc.dictionary(headerName, headerValue, { maxKeys: 3 }),
  body: fc.option(text, { nil: undefined }),
})

test('any method, URL, header and body arrives as it was meant, or is refused with InvalidInput', async () => {
  const ends = { asMeant: 0, refused: 0 }
  await fc.assert(
    fc.asyncProperty(requests, async ({ path, query, body, ...rest }) => {
      const url = new URL(origin)
      url.pathname = `/${path}`
      url.search = query
      const request: OutgoingRequest = { ...rest, url, body }
      read.length = 0
      try {
        checkOutgoing(request, WHERE)
      } catch (error) {
        expect(failureCode(error)).toBe('InvalidInput')
        ends.refused += 1
        return
      }
      const { signal } = new AbortController()
      const sending = await sendRequest(agent, request, { maxBytes: 100, timeoutMs: 5000, signal })
      expect(sending).toMatchObject({ outcome: 'answered', status: 200 })
      expect(read).toHaveLength(1)
      const [seen] = read
      expect(seen?.behind).toBe(0)
      expect(seen?.line).toBe(`${request.method} ${url.pathname}${url.search} HTTP/1.1`)
      for (const [name, value] of Object.entries(request.headers)) {
        if (name === 'connection') continue
        const values = seen?.headers.filter(([one]) => one === name.toLowerCase())
        expect(values).toEqual([[name.toLowerCase(), value.replaceAll(/^[ \t]+|[ \t]+$/g, '')]])
      }
      expect(seen?.body.toString('utf8')).toBe(Buffer.from(body ?? '', 'utf8').toString('utf8'))
      ends.asMeant += 1
    }),
    { numRuns: 500 },
  )
  expect(ends.asMeant).toBeGreaterThan(50)
  expect(ends.refused).toBeGreaterThan(50)
}, 60_000)
