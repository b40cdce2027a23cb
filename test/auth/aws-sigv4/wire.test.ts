import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { sendRequest } from '../../../activities/network/send-request.js'
import { createUpstreamAgent } from '../../../activities/network/upstream-agents.js'
import { LOOPBACK } from '../../fixtures/loopback-policy.js'
import { readBody, startLoopbackServer } from '../../fixtures/loopback-server.js'
import { type RandomCase, randomCase, signedByUs } from './random-requests.js'
import { type Account, sigV4Refusal } from './verify-sigv4.js'

const agent = createUpstreamAgent({ network: LOOPBACK })
let server: Awaited<ReturnType<typeof startLoopbackServer>>
let expected: { readonly account: Account; readonly nowMs: number } | undefined

beforeAll(async () => {
  server = await startLoopbackServer(async (request, response) => {
    const { method = '', url = '', headers } = request
    const received = { method, target: url, headers, body: await readBody(request) }
    const refusal =
      expected === undefined
        ? 'nobody is known'
        : sigV4Refusal(received, expected.account, expected.nowMs)
    response.writeHead(refusal === undefined ? 200 : 403, { 'x-refusal': refusal ?? '' }).end()
  })
})
afterAll(async () => {
  await agent.close()
  await server.stop()
})

async function refusalOf(one: RandomCase, payload?: 'unsigned'): Promise<string> {
  const { accessKeyId, secretAccessKey, sessionToken, service, region, nowMs } = one
  const account = {
    accessKeyId,
    secretAccessKey,
    ...(sessionToken === undefined ? {} : { sessionToken }),
    service,
    region,
    s3: service === 's3',
  }
  expected = { account, nowMs }
  const sending = await sendRequest(agent, await signedByUs(one, server.origin, payload), {
    maxBytes: 1000,
    timeoutMs: 60_000,
    signal: new AbortController().signal,
  })
  return sending.outcome === 'answered' ? String(sending.headers['x-refusal']) : sending.fault
}

describe.each([{ s3: false }, { s3: true }])('what undici sends, s3: $s3', ({ s3 }) => {
  // What the oracles of differential.test.ts leave out, this other side does not.
  const anything = randomCase({ s3, repeats: true, nameless: true })

  test('a strict other side accepts it as it comes over the wire', async () => {
    await fc.assert(
      fc.asyncProperty(anything, async (one) => {
        expect(await refusalOf(one)).toBe('')
      }),
      { numRuns: 300 },
    )
  }, 60_000)

  test('with an unsigned payload too', async () => {
    await fc.assert(
      fc.asyncProperty(anything, async (one) => {
        expect(await refusalOf(one, 'unsigned')).toBe('')
      }),
      { numRuns: 100 },
    )
  }, 60_000)
})
