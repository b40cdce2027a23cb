import assert from 'node:assert/strict'
import { createHmac } from 'node:crypto'
import OAuth from 'oauth-1.0a'
import type { OutgoingRequest } from '../../src/auth/kind/auth-kind.js'
import { oauth1Kind } from '../../src/auth/oauth1.js'
import { oauth1 } from '../../src/connectors/index.js'
import { compareSigning, orderRequest, secretFields, signing } from '../signing.js'
import type { Measured } from '../statistics.js'

const CONSUMER = { key: 'bench-consumer', secret: 'bench-consumer-secret' }
const TOKEN = { key: 'bench-token', secret: 'bench-token-secret' }

/** The npm package oauth-1.0a with HMAC-SHA256, from request to header. */
export function measure(): Promise<Measured> {
  const auth = oauth1({ signatureMethod: 'HMAC-SHA256' })
  const token = secretFields({
    token: TOKEN.key,
    tokenSecret: TOKEN.secret,
    consumerKey: CONSUMER.key,
    consumerSecret: CONSUMER.secret,
  })
  const signer = new OAuth({
    consumer: CONSUMER,
    signature_method: 'HMAC-SHA256',
    hash_function: (text, key) => createHmac('sha256', key).update(text).digest('base64'),
  })
  return compareSigning({
    input: orderRequest,
    ours: (request) => oauth1Kind.authorize(request, token, auth, signing),
    reference: ({ method, url }) =>
      signer.toHeader(signer.authorize({ method, url: url.href }, TOKEN)),
    // Nonce and time are another for each: what is compared is what they are made of.
    check: (ours, reference) => {
      const names = (header = ''): string[] => (header.match(/oauth_\w+(?==)/g) ?? []).sort()
      const { Authorization: theirs } = reference as OAuth.Header
      assert.deepEqual(names((ours as OutgoingRequest).headers['authorization']), names(theirs))
    },
  })
}
