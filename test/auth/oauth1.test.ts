import { createHmac } from 'node:crypto'
import type { IncomingMessage } from 'node:http'
import OAuth from 'oauth-1.0a'
import { oauth1, secret } from '../../src/connectors/index.js'
import type { OAuth1Options } from '../../src/auth/oauth1.js'
import { type AuthKindCase, testAuthKind } from './auth-kind-suite.js'
import { startUpstream } from './auth-kind-upstream.js'

const CREDENTIAL = { token: 'canary-token +/=&é', tokenSecret: 'canary:secret +/=&\u2603' }
const CONSUMER = { key: 'app:1', secret: 'canary-consumer +/=&' }

/** Reads the parameters from where they stand, and signs anew with the npm package. */
function isSignedRight(
  { method = '', url = '', headers }: Pick<IncomingMessage, 'method' | 'url' | 'headers'>,
  place: 'header' | 'query',
  hash: 'sha1' | 'sha256' | undefined,
): boolean {
  const { origin, pathname, searchParams } = new URL(url, `http://${headers.host ?? ''}`)
  const all = place === 'query' ? [...searchParams] : fromHeader(headers.authorization ?? '')
  const oauth = Object.fromEntries(all.filter(([name]) => name.startsWith('oauth_')))
  const { oauth_signature: signature, ...rest } = oauth
  if (rest.oauth_consumer_key !== CONSUMER.key || rest.oauth_token !== CREDENTIAL.token)
    return false
  const signer = new OAuth({
    consumer: CONSUMER,
    signature_method: rest.oauth_signature_method ?? '',
    ...(hash === undefined
      ? {}
      : {
          hash_function: (text: string, key: string) =>
            createHmac(hash, key).update(text).digest('base64'),
        }),
  })
  const query = [...searchParams].filter(([name]) => !name.startsWith('oauth_'))
  const request = { method, url: origin + pathname, data: Object.fromEntries(query) }
  const right = signer.getSignature(request, CREDENTIAL.tokenSecret, rest as unknown as OAuth.Data)
  const age = Math.abs(Date.now() / 1000 - Number(rest.oauth_timestamp))
  return signature === right && age < 300 && /^[0-9a-f]{32}$/.test(rest.oauth_nonce ?? '')
}

function fromHeader(header: string): [string, string][] {
  return [...header.matchAll(/(\w+)="([^"]*)"/g)].map(([, name = '', value = '']) => [
    name,
    decodeURIComponent(value),
  ])
}

async function oauth1Case(
  place: 'header' | 'query',
  options: Pick<OAuth1Options, 'signatureMethod' | 'realm'>,
): Promise<AuthKindCase> {
  process.env.TEST_OAUTH1_CONSUMER_SECRET = CONSUMER.secret
  const method = options.signatureMethod
  const hash = method === 'PLAINTEXT' ? undefined : method.endsWith('1') ? 'sha1' : 'sha256'
  const upstream = await startUpstream((request) => isSignedRight(request, place, hash))
  return {
    auth: oauth1({
      in: place,
      consumerKey: CONSUMER.key,
      consumerSecret: secret('env:TEST_OAUTH1_CONSUMER_SECRET'),
      ...options,
    }),
    ...upstream,
    text: `${CREDENTIAL.token}:${CREDENTIAL.tokenSecret}`,
    fields: CREDENTIAL,
    bad: ['canary-token-alone', '{}', '{"token":"canary","tokenSecret":""}', '{"token":"canary"}'],
    canaries: [CONSUMER.secret, encodeURIComponent(CREDENTIAL.tokenSecret)],
  }
}

testAuthKind('oauth1', () => oauth1Case('header', { signatureMethod: 'HMAC-SHA1' }))
testAuthKind('oauth1', () =>
  oauth1Case('header', { signatureMethod: 'HMAC-SHA256', realm: 'Photos of {account}' }),
)
testAuthKind('oauth1', () => oauth1Case('query', { signatureMethod: 'HMAC-SHA256' }))
testAuthKind('oauth1', () => oauth1Case('header', { signatureMethod: 'PLAINTEXT' }))
