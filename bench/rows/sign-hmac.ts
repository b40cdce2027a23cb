import assert from 'node:assert/strict'
import { createHmac } from 'node:crypto'
import type { OutgoingRequest } from '../../src/auth/kind/auth-kind.js'
import { hmacKind } from '../../src/auth/hmac.js'
import { hmac } from '../../src/connectors/index.js'
import { compareSigning, orderRequest, secretFields, signing, SIGNED_AT_MS } from '../signing.js'
import type { Measured } from '../statistics.js'

const SECRET = 'bench-secret-of-a-usual-length-0123456789'
const SECONDS = String(SIGNED_AT_MS / 1000)

/** createHmac over the same text, by hand, and the headers that carry it. */
export function measure(): Promise<Measured> {
  const auth = hmac({
    algorithm: 'hmac-sha256',
    text: '{timestamp}{method}{target}{body}',
    encoding: 'hex',
    timestamp: 'seconds',
    fields: ['keyId'],
    headers: { 'X-Timestamp': '{timestamp}', Authorization: 'HMAC {keyId}:{signature}' },
  })
  const token = secretFields({ keyId: 'bench', secret: SECRET })
  return compareSigning({
    input: orderRequest,
    ours: (request) => hmacKind.authorize(request, token, auth, signing),
    reference: (request) => {
      const { method, url, body = '' } = request
      const text = `${SECONDS}${method}${url.pathname}${url.search}${body}`
      const signature = createHmac('sha256', SECRET).update(text, 'utf8').digest('hex')
      return { 'X-Timestamp': SECONDS, Authorization: `HMAC bench:${signature}` }
    },
    check: (ours, reference) =>
      assert.deepEqual(
        { ...(ours as OutgoingRequest).headers, ...(reference as object) },
        (ours as OutgoingRequest).headers,
      ),
  })
}
