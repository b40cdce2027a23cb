import { createHmac, randomUUID } from 'node:crypto'
import { bindCustomAuth } from '../../src/auth/custom/bind-custom-auth.js'
import { custom, secret } from '../../src/connectors/index.js'
import { defineCustomAuth } from '../../src/index.js'
import { startLoopbackServer } from '../fixtures/loopback-server.js'
import { type AuthKindCase, testAuthKind } from './auth-kind-suite.js'
import { startUpstream } from './auth-kind-upstream.js'

const APP_KEY = 'canary-app-key'
const FIELDS = { keyId: 'canary-id', key: 'canary key +/=&é\u2603' }

process.env['TEST_CUSTOM_APP_KEY'] = APP_KEY
const signature = custom('test-signature', {
  fields: ['keyId', 'key'],
  secrets: { appKey: secret('env:TEST_CUSTOM_APP_KEY') },
  options: { prefix: 'Sig' },
})

const sign = (method: string, path: string, atMs: string, key: string): string =>
  createHmac('sha256', key + APP_KEY)
    .update(`${method} ${path} ${atMs}`)
    .digest('hex')

/** A request in, a request out. */
const signatureFunctions = defineCustomAuth<{ prefix: string }>({
  signsTime: true,
  carriers: { headers: ['x-signed'] },
  authorize: ({ request, secrets, options, now }) => {
    const atMs = String(now())
    const key = `${secrets['key']?.reveal() ?? ''}${secrets['appKey']?.reveal() ?? ''}`
    const text = `${request.method} ${request.url.pathname} ${atMs}`
    const signed = createHmac('sha256', key).update(text).digest('hex')
    const rest = Object.entries(request.headers).filter(([name]) => !/^x-signed$/i.test(name))
    const header = `${options.prefix} ${secrets['keyId']?.reveal() ?? ''} ${atMs} ${signed}`
    return { ...request, headers: { ...Object.fromEntries(rest), 'x-signed': header } }
  },
})

async function requestCase(): Promise<AuthKindCase> {
  const upstream = await startUpstream(({ headers, method = '', url = '' }) => {
    const [prefix, keyId, atMs = '', signed] = String(headers['x-signed']).split(' ')
    const path = url.split('?')[0] ?? ''
    return (
      prefix === 'Sig' && keyId === FIELDS.keyId && signed === sign(method, path, atMs, FIELDS.key)
    )
  })
  return {
    auth: bindCustomAuth(signature, { 'test-signature': signatureFunctions }),
    ...upstream,
    text: JSON.stringify(FIELDS),
    fields: FIELDS,
    bad: ['canary-text', '{}', '{"keyId":"canary"}', '{"keyId":"canary","key":""}'],
    canaries: [APP_KEY],
  }
}

/** A login that gives a token with its lifetime. */
async function tokenCase(): Promise<AuthKindCase> {
  const tokens = new Set<string>()
  const login = await startLoopbackServer((request, response) => {
    const good = request.headers['x-password'] === 'canary-password'
    const token = `canary-token-${randomUUID()}`
    if (good) tokens.add(token)
    response.writeHead(good ? 200 : 403).end(JSON.stringify(good ? { token } : {}))
  })
  const upstream = await startUpstream(({ headers }) =>
    tokens.has((headers.authorization ?? '').replace('Bearer ', '')),
  )
  const functions = defineCustomAuth<{ loginUrl: string }>({
    mint: async ({ secrets, options, exchangeOnce }) => {
      const headers = { 'x-password': secrets['password']?.reveal() ?? '' }
      const url = options.loginUrl
      const { status, text } = await exchangeOnce({ method: 'POST', url, headers })
      if (status !== 200) return { failed: 'invalid_grant', code: 'login_refused' }
      const { token } = JSON.parse(text) as { token: string }
      return { token: { accessToken: token }, lifetimeMs: 60_000 }
    },
  })
  const options = { loginUrl: login.origin }
  return {
    auth: bindCustomAuth(custom('test-login', { fields: ['password'], options }), {
      'test-login': functions,
    }),
    url: upstream.url,
    text: 'canary-password',
    fields: { password: 'canary-password' },
    bad: ['{}', '{"password":""}', '{"user":"canary"}'],
    canaries: [],
    stop: async () => {
      await upstream.stop()
      await login.stop()
    },
  }
}

testAuthKind('custom', requestCase)
testAuthKind('custom', tokenCase)
