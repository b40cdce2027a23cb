import { once } from 'node:events'
import { afterEach, expect, it } from 'vitest'
import { Agent } from 'undici'
import { sendRequest } from '../../../activities/network/send-request.js'
import { type LoopbackServer, startLoopbackServer } from '../../fixtures/loopback-server.js'

let server: LoopbackServer | undefined
afterEach(() => server?.stop())

it('the head of an answer to a request that was cut off is still heard', async () => {
  const arrived = new EventTarget()
  let answer = (): void => undefined
  server = await startLoopbackServer((_request, response) => {
    answer = () => {
      response.writeHead(429, { 'Retry-After': '7' }).end('{}')
    }
    arrived.dispatchEvent(new Event('request'))
  })
  const cut = new AbortController()
  let hear: (head: readonly [number, unknown]) => void = () => undefined
  const heard = new Promise<readonly [number, unknown]>((resolve) => {
    hear = resolve
  })
  const request = once(arrived, 'request')
  const sending = sendRequest(
    new Agent(),
    { method: 'GET', url: new URL(server.origin), headers: {} },
    {
      maxBytes: 1000,
      timeoutMs: 5000,
      signal: cut.signal,
      onCutOff: (status, headers) => hear([status, headers['retry-after']]),
    },
  )
  await request
  cut.abort()
  // Whoever cut it off does not wait for it.
  expect(await sending).toMatchObject({ outcome: 'failed', fault: 'ABORTED', sent: true })
  answer()
  expect(await heard).toEqual([429, '7'])
})
