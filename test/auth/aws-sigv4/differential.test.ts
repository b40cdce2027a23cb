import { sign } from 'aws4'
import { AwsV4Signer } from 'aws4fetch'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { OutgoingRequest } from '../../../src/auth/kind/auth-kind.js'
import { type RandomCase, randomCase, signedByUs, signedHeaders, urlOf } from './random-requests.js'

/**
 * Where the oracles deviate from AWS's page, the generator stays away (`random-requests.ts` and here):
 * - aws4 and aws4fetch with `s3`: of a repeated parameter only the first value is signed;
 * - both: a parameter without a name is left out;
 * - aws4: headers of its own list (`range`, `expect`) are never signed; content-type and
 *   content-length are put onto a request that has a body: the first is always there then, the second
 *   is told to be ignored, as undici writes it behind the signer.
 * - both with `s3`: `%2F` is a slash to them even where that makes `.` or `..` of a part, which we
 *   leave encoded, because a URL would resolve it.
 * What they leave out is signed against the page itself in wire.test.ts.
 */
const RUNS = 500
const ORIGIN = 'https://bucket.example.com:8443'

async function byAws4fetch(ready: OutgoingRequest, one: RandomCase): Promise<string | null> {
  const signer = new AwsV4Signer({
    method: ready.method,
    url: ready.url.href,
    headers: signedHeaders(ready),
    ...(one.body === undefined ? {} : { body: one.body }),
    accessKeyId: one.accessKeyId,
    secretAccessKey: one.secretAccessKey,
    ...(one.sessionToken === undefined ? {} : { sessionToken: one.sessionToken }),
    service: one.service,
    region: one.region,
    datetime: ready.headers['x-amz-date'] ?? '',
    // Its own list leaves out content-type and others that we sign.
    allHeaders: true,
  })
  return (await signer.sign()).headers.get('authorization')
}

function byAws4(ready: OutgoingRequest, one: RandomCase): string | undefined {
  const { accessKeyId, secretAccessKey, sessionToken, service, region } = one
  const signed = sign(
    {
      method: ready.method,
      host: ready.url.host,
      path: `${ready.url.pathname}${ready.url.search}`,
      service,
      region,
      headers: signedHeaders(ready),
      ...(one.body === undefined ? {} : { body: one.body }),
      extraHeadersToIgnore: { 'content-length': true },
    },
    { accessKeyId, secretAccessKey, ...(sessionToken === undefined ? {} : { sessionToken }) },
  )
  return signed.headers['Authorization']
}

/** Whether reading `%2F` as a slash makes a part that a URL resolves. */
function hidesDots(one: RandomCase): boolean {
  const { pathname } = urlOf(one, ORIGIN)
  const slashed = pathname.replaceAll(/%2f/gi, '/').replaceAll(/%2e/gi, '.')
  return slashed.split('/').some((part) => part === '.' || part === '..')
}

describe.each([{ s3: false }, { s3: true }])('random requests, s3: $s3', ({ s3 }) => {
  const requests = randomCase({ s3 }).filter((one) => !(s3 && hidesDots(one)))

  test.each([
    ['aws4fetch', byAws4fetch],
    ['aws4', byAws4],
  ])('%s signs them alike', async (_name, oracle) => {
    let signed = 0
    await fc.assert(
      fc.asyncProperty(requests, async (one) => {
        const ready = await signedByUs(one, ORIGIN)
        expect(ready.headers['authorization']).toMatch(/^AWS4-HMAC-SHA256 Credential=/)
        expect(await oracle(ready, one)).toBe(ready.headers['authorization'])
        signed += 1
      }),
      { numRuns: RUNS },
    )
    expect(signed).toBe(RUNS)
  })

  test('aws4fetch signs unsigned payloads alike', async () => {
    await fc.assert(
      fc.asyncProperty(requests, async (one) => {
        const ready = await signedByUs(one, ORIGIN, 'unsigned')
        expect(ready.headers['x-amz-content-sha256']).toBe('UNSIGNED-PAYLOAD')
        expect(await byAws4fetch(ready, one)).toBe(ready.headers['authorization'])
      }),
      { numRuns: RUNS },
    )
  })
})
