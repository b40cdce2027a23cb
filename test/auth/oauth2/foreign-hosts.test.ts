import { randomBytes } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createExchangeOnce } from '../../../activities/network/exchange-once.js'
import type { AuthLike } from '../../../src/auth/kind/auth-kind.js'
import type { Exchange, ExchangeOnce } from '../../../src/auth/kind/exchange.js'
import { authKindOf } from '../../../src/auth/registry.js'
import { clientCredentials, refreshToken } from '../../../src/connectors/index.js'
import { Secret } from '../../../src/sealing/secret.js'
import { LOOPBACK } from '../../fixtures/loopback-policy.js'
import {
  type LoopbackServer,
  sendJson,
  startLoopbackServer,
} from '../../fixtures/loopback-server.js'

const ISSUER = 'https://login.example'

async function mint(auth: AuthLike, exchangeOnce: ExchangeOnce) {
  const fields = { refreshToken: 'canary-refresh', clientSecret: 'canary-secret' }
  const outcome = await authKindOf(auth).mint({
    auth,
    account: 'acme',
    fields: Object.fromEntries(
      Object.entries(fields).map(([name, one]) => [name, new Secret(one)]),
    ),
    variables: { account: 'acme' },
    rules: {},
    resolve: () => Promise.reject(new Error('nothing to resolve')),
    exchangeOnce,
    now: Date.now,
    randomBytes,
  })
  if (outcome.outcome === 'granted') throw new Error('a token where none was to be had')
  expect(JSON.stringify(outcome)).not.toMatch(/canary|evil/)
  return outcome
}

const DISCOVERED = refreshToken({
  issuer: ISSUER,
  clientId: 'app',
  clientAuthentication: 'client_secret_post',
} as never)

/** Answers whatever is asked, and notes where it went. */
function answering(answer: Partial<Exchange>) {
  const asked: string[] = []
  const exchangeOnce: ExchangeOnce = ({ url }) => {
    asked.push(url)
    const times = { sentAtMs: Date.now(), answeredAtMs: Date.now() }
    return Promise.resolve({ ...times, sent: true, status: 200, headers: {}, text: '', ...answer })
  }
  return { asked, exchangeOnce }
}

describe('metadata of an issuer', () => {
  test.each([
    'http://evil.example/token',
    'https://user:pw@evil.example/token',
    'https://evil.example/token#part',
    'http://127.0.0.1:9/token',
    'http://169.254.169.254/token',
    'javascript:evil',
    'file:///evil',
    '//evil.example/token',
    '/token',
    'https://',
    `https://${'e'.repeat(300)}.evil.example/token`,
    ['https://evil.example/token'],
    7,
    null,
    undefined,
  ])('whose token endpoint is %s: no credential is sent', async (endpoint) => {
    const text = JSON.stringify({ issuer: ISSUER, token_endpoint: endpoint })
    const { asked, exchangeOnce } = answering({ text })
    const outcome = await mint(DISCOVERED, exchangeOnce)
    expect(outcome).toMatchObject({ class: 'misconfigured', code: 'no_token_endpoint' })
    expect(outcome.message).toContain('login.example')
    expect(asked).toEqual([`${ISSUER}/.well-known/oauth-authorization-server`])
  })

  test.each([
    ['https://evil.example', 'issuer_mismatch'],
    [`${ISSUER}/`, 'issuer_mismatch'],
    ['https://LOGIN.example', 'issuer_mismatch'],
    [[ISSUER], 'issuer_mismatch'],
    [undefined, 'issuer_mismatch'],
  ])('of the issuer %s is refused', async (issuer, code) => {
    const text = JSON.stringify({ issuer, token_endpoint: `${ISSUER}/token` })
    const { asked, exchangeOnce } = answering({ text })
    expect(await mint(DISCOVERED, exchangeOnce)).toMatchObject({ class: 'misconfigured', code })
    expect(asked).toHaveLength(1)
  })

  test.each([301, 302, 303, 307, 308])('behind a redirect %i is none', async (status) => {
    const headers = { location: 'https://evil.example/.well-known/openid-configuration' }
    const { asked, exchangeOnce } = answering({ status, headers })
    expect(await mint(DISCOVERED, exchangeOnce)).toMatchObject({ code: 'no_metadata' })
    expect(asked.map((url) => new URL(url).origin)).toEqual([ISSUER, ISSUER])
  })
})

describe('a token endpoint that redirects, on real servers', () => {
  let login: LoopbackServer
  let other: LoopbackServer
  let status = 307
  const seen: string[] = []
  beforeAll(async () => {
    other = await startLoopbackServer(({ url = '' }, response) => {
      seen.push(url)
      sendJson(response, 200, { access_token: 'evil', token_type: 'bearer' })
    })
    login = await startLoopbackServer((_request, response) => {
      response.writeHead(status, { location: `${other.origin}/token` }).end()
    })
  })
  afterAll(() => Promise.all([login.stop(), other.stop()]))

  test.each([301, 302, 303, 307, 308])(
    'by %i: the credential stays where it was sent',
    async (by) => {
      status = by
      const exchangeOnce = createExchangeOnce({ network: LOOPBACK })
      const options = { tokenUrl: `${login.origin}/token`, clientId: 'app' }
      for (const auth of [refreshToken(options), clientCredentials(options)])
        expect(await mint(auth, exchangeOnce)).toMatchObject({ class: 'misconfigured' })
      expect(seen).toEqual([])
    },
  )
})
