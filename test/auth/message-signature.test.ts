import { createHash } from 'node:crypto'
import { describe, expect, it, test } from 'vitest'
import { messageSignature, ticketsByMessageSignature } from '../../examples/auth/custom.js'
import type { OutgoingRequest } from '../../src/auth/kind/auth-kind.js'
import { bindCustomAuth } from '../../src/auth/custom/bind-custom-auth.js'
import { type CustomAuth, customKind } from '../../src/auth/custom.js'
import { Secret } from '../../src/sealing/secret.js'
import { authKindChecks } from '../../src/testing/index.js'
import { pythonWith } from '../fixtures/python-packages.js'

/** RFC 9421, appendix B.1.5. */
const SHARED_SECRET =
  'uzvJfB4u3N0Jy4T7NZ75MDVcr8zSTInedJtkgcu46YW4XByzNJjxBdtjUkdJPBtbmHhIDi6pcl8jsasjlTMtDQ=='
const FIELDS = { keyId: 'test-shared-secret', key: SHARED_SECRET }

async function signed(request: OutgoingRequest, options: CustomAuth['options'], atMs: number) {
  const example = exampleAuth()
  const auth = bindCustomAuth(
    { ...example, options: options ?? example.options },
    { 'message-signature': messageSignature },
  )
  const token = Object.fromEntries(
    Object.entries(FIELDS).map(([name, text]) => [name, new Secret(text)]),
  )
  return await customKind.authorize(request, token, auth, {
    now: () => atMs,
    randomBytes: (size) => new Uint8Array(size),
    resolve: () => Promise.reject(new Error('names no secret')),
  })
}

function exampleAuth(): CustomAuth {
  const { auth } = ticketsByMessageSignature
  if (auth.kind !== 'custom') throw new TypeError('the example is of another kind')
  return auth
}

describe('the example of a custom kind: RFC 9421 message signatures', () => {
  for (const { name, run } of authKindChecks(messageSignature, {
    auth: exampleAuth(),
    fields: FIELDS,
  }))
    it(name, run)

  test('appendix B.2.5: signing a request with hmac-sha256', async () => {
    const request: OutgoingRequest = {
      method: 'POST',
      url: new URL('https://example.com/foo?param=Value&Pet=dog'),
      headers: { date: 'Tue, 20 Apr 2021 02:07:55 GMT', 'content-type': 'application/json' },
      body: '{"hello": "world"}',
    }
    const options = { label: 'sig-b25', components: ['date', '@authority', 'content-type'] }
    const { headers } = await signed(request, options, 1_618_884_473_000)
    expect(lowerCased(headers)).toMatchObject({
      'signature-input':
        'sig-b25=("date" "@authority" "content-type");created=1618884473;keyid="test-shared-secret"',
      signature: 'sig-b25=:pxcQw6G3AjtMBQjwo8XzkZf/bws5LelbaMk5rGIGtE8=:',
    })
  })

  test('another implementation verifies what it signs, and not what was changed', async ({
    skip,
  }) => {
    const python = await pythonWith(['http-message-signatures==0.6.1', 'requests==2.32.4'])
    if (python === undefined) return skip("pip can't install http-message-signatures here")
    const bodies = [undefined, '{"title":"x"}', 'é\u2603']
    const cases = await Promise.all(
      bodies.flatMap((body) =>
        ['https://api.example/v1/a?b=c%20d', 'https://api.example:8443/'].map(async (url) => {
          const method = body === undefined ? 'GET' : 'POST'
          const bare = { method, url: new URL(url), headers: { accept: 'text/plain' } }
          const request = body === undefined ? bare : { ...bare, body }
          const { headers } = await signed(request, undefined, Date.now())
          const digest = createHash('sha256')
            .update(body ?? '')
            .digest('base64')
          return { method, url, body: body ?? null, headers: lowerCased(headers), digest }
        }),
      ),
    )
    const verdicts = await python(VERIFY, { cases, key: SHARED_SECRET })
    expect(verdicts).toEqual(cases.map(() => ({ good: true, changed: false, digest: true })))
  })
})

function lowerCased(headers: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]),
  )
}

const VERIFY = `
import base64, json, sys
import requests
from http_message_signatures import HTTPMessageVerifier, HTTPSignatureKeyResolver, InvalidSignature, algorithms
given = json.load(sys.stdin)
class Keys(HTTPSignatureKeyResolver):
    def resolve_public_key(self, key_id):
        return base64.b64decode(given["key"]) if key_id == "test-shared-secret" else b""
verifier = HTTPMessageVerifier(signature_algorithm=algorithms.HMAC_SHA256, key_resolver=Keys())
def is_good(method, url, headers, body):
    request = requests.Request(method, url, headers=headers, data=body).prepare()
    request.url = url
    try:
        return len(verifier.verify(request)) == 1
    except InvalidSignature:
        return False
verdicts = []
for case in given["cases"]:
    body = None if case["body"] is None else case["body"].encode()
    digest = body is None or case["headers"]["content-digest"] == "sha-256=:" + case["digest"] + ":"
    verdicts.append({
        "good": is_good(case["method"], case["url"], case["headers"], body),
        "changed": is_good(case["method"], case["url"] + "x", case["headers"], body),
        "digest": digest,
    })
print(json.dumps(verdicts))
`
