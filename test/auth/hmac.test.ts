import { createHmac } from 'node:crypto'
import type { IncomingMessage } from 'node:http'
import { hmac } from '../../src/connectors/index.js'
import { type AuthKindCase, testAuthKind } from './auth-kind-suite.js'
import { startUpstream } from './auth-kind-upstream.js'

const CREDENTIAL = { keyId: 'canary-key-id', secret: 'canary:secret +/=&\u2603' }

/** Signs anew with Node alone what came in, and compares. */
function isSignedInHeaders({ method = '', url = '', headers }: IncomingMessage): boolean {
  const timestamp = String(headers['x-timestamp'])
  const nonce = String(headers['x-nonce'])
  const [, keyId, signature] = /^HMAC ([^:]+):(.+)$/.exec(headers.authorization ?? '') ?? []
  const right = createHmac('sha256', CREDENTIAL.secret)
    .update([timestamp, nonce, method, headers.host, url].join('\n'))
    .digest('base64')
  const age = Math.abs(Date.now() / 1000 - Number(timestamp))
  return keyId === CREDENTIAL.keyId && signature === right && age < 300 && nonce.length === 36
}

function isSignedInQuery({ url = '' }: IncomingMessage): boolean {
  const [, signed = '', signature] = /\?(.*)&signature=([0-9a-f]{128})$/.exec(url) ?? []
  const right = createHmac('sha512', CREDENTIAL.secret).update(signed).digest('hex')
  return signature === right && /(?:^|&)key=canary-key-id&time=\d{13}$/.test(signed)
}

async function headerCase(): Promise<AuthKindCase> {
  return {
    auth: hmac({
      algorithm: 'hmac-sha256',
      text: '{timestamp}\n{nonce}\n{method}\n{host}\n{target}',
      encoding: 'base64',
      timestamp: 'seconds',
      nonce: 'uuid',
      fields: ['keyId'],
      headers: {
        'X-Timestamp': '{timestamp}',
        'X-Nonce': '{nonce}',
        Authorization: 'HMAC {keyId}:{signature}',
      },
    }),
    ...(await startUpstream(isSignedInHeaders)),
    text: `${CREDENTIAL.keyId}:${CREDENTIAL.secret}`,
    fields: CREDENTIAL,
    bad: ['canary-alone', '{"keyId":"canary"}', '{"keyId":"canary\\nx","secret":"canary"}', '{}'],
    canaries: [encodeURIComponent(CREDENTIAL.secret)],
  }
}

async function queryCase(): Promise<AuthKindCase> {
  return {
    auth: hmac({
      algorithm: 'hmac-sha512',
      text: '{query}',
      encoding: 'hex',
      timestamp: 'milliseconds',
      fields: ['keyId'],
      query: { key: '{keyId}', time: '{timestamp}', signature: '{signature}' },
    }),
    ...(await startUpstream(isSignedInQuery)),
    text: `${CREDENTIAL.keyId}:${CREDENTIAL.secret}`,
    fields: CREDENTIAL,
    bad: [':canary', 'canary:', '{"secret":"canary"}'],
    canaries: [],
  }
}

async function base64KeyCase(): Promise<AuthKindCase> {
  const secret = Buffer.from('canary-bytes-\xff\0').toString('base64')
  return {
    auth: hmac({
      algorithm: 'hmac-sha1',
      text: '{method}{path}',
      encoding: 'hex-upper',
      keyEncoding: 'base64',
      headers: { 'X-Signature': '{signature}' },
    }),
    ...(await startUpstream(
      ({ method = '', url = '', headers }) =>
        headers['x-signature'] ===
        createHmac('sha1', Buffer.from(secret, 'base64'))
          .update(`${method}${url.split('?')[0] ?? ''}`)
          .digest('hex')
          .toUpperCase(),
    )),
    text: secret,
    fields: { secret },
    bad: ['canary-not-base64!', '{"secret":""}'],
    canaries: ['canary-bytes'],
  }
}

testAuthKind('hmac', headerCase)
testAuthKind('hmac', queryCase)
testAuthKind('hmac', base64KeyCase)
