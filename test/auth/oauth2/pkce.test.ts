import { createHash } from 'node:crypto'
import { calculatePKCECodeChallenge } from 'oauth4webapi'
import { expect, test } from 'vitest'
import type { ExchangeRequest } from '../../../src/auth/kind/exchange.js'
import { authorizationCodeKind } from '../../../src/auth/authorization-code.js'
import { authorizationCode } from '../../../src/connectors/index.js'
import { Secret } from '../../../src/sealing/secret.js'

/** RFC 7636 appendix B. */
const VERIFIER = 'dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk'
const CHALLENGE = 'E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM'

test('RFC 7636 appendix B: the challenge of its verifier goes into the URL, the verifier to the token endpoint', async () => {
  const octets = [
    116, 24, 223, 180, 151, 153, 224, 37, 79, 250, 96, 125, 216, 173, 187, 186, 22, 212, 37, 77,
    105, 214, 191, 240, 91, 88, 5, 88, 83, 132, 141, 121,
  ]
  expect(Buffer.from(octets).toString('base64url')).toBe(VERIFIER)
  expect(createHash('sha256').update(VERIFIER, 'ascii').digest('base64url')).toBe(CHALLENGE)
  expect(await calculatePKCECodeChallenge(VERIFIER)).toBe(CHALLENGE)
  const sent: ExchangeRequest[] = []
  const context = {
    auth: authorizationCode({
      authorizationUrl: 'https://login.example/auth',
      tokenUrl: 'https://login.example/token',
      clientId: 'app',
      clientAuthentication: 'none',
    }),
    account: 'acme',
    variables: { account: 'acme' },
    rules: {},
    resolve: () => Promise.reject(new Error('nothing to resolve')),
    exchangeOnce: (request: ExchangeRequest) => {
      sent.push(request)
      const answer = { status: 200, headers: {}, text: '{"access_token":"a"}' }
      return Promise.resolve({ sentAtMs: 1, answeredAtMs: 2, sent: true, ...answer })
    },
    now: Date.now,
    randomBytes: () => new Uint8Array(),
  }
  const redirectUri = 'https://app.example/cb'
  const made = await authorizationCodeKind.authorizationUrl?.({
    ...context,
    redirectUri,
    codeChallenge: CHALLENGE,
  })
  const query = new URL(made?.outcome === 'made' ? made.url : '').searchParams
  expect(query.get('code_challenge')).toBe(CHALLENGE)
  expect(query.get('code_challenge_method')).toBe('S256')
  const fields = { code: 'c', codeVerifier: VERIFIER, redirectUri }
  const secrets = Object.entries(fields).map(([name, one]) => [name, new Secret(one)] as const)
  await authorizationCodeKind.mint({ ...context, fields: Object.fromEntries(secrets) })
  expect(new URLSearchParams(sent[0]?.body).get('code_verifier')).toBe(VERIFIER)
})
