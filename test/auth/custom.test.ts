import { createHmac, randomUUID } from 'node:crypto'
import { inspect } from 'node:util'
import { describe, expect, test } from 'vitest'
import type { OutgoingRequest } from '../../src/auth/auth-kind.js'
import { bindCustomAuth } from '../../src/auth/custom/bind-custom-auth.js'
import { type CustomAuth, customKind } from '../../src/auth/custom.js'
import { type CustomAuthFunctions, defineCustomAuth } from '../../src/index.js'
import { custom, secret } from '../../src/connectors/index.js'
import { failureCode } from '../../src/contract/failure.js'
import { resolveDefinitionSecret } from '../../src/sealing/definition-secrets.js'
import { Secret } from '../../src/sealing/secret.js'
import { startLoopbackServer } from '../fixtures/loopback-server.js'
import { type AuthKindCase, testAuthKind } from './auth-kind-suite.js'
import { startUpstream } from './auth-kind-upstream.js'

const CANARY = 'canary-of-a-user'
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

const request: OutgoingRequest = {
  method: 'POST',
  url: new URL('https://api.example/orders?page=2'),
  headers: { accept: 'text/plain' },
  body: '{}',
}
const token = { key: new Secret(`${CANARY}-key`) }
const context = {
  account: 'acme',
  fields: token,
  variables: { account: 'acme' },
  rules: {},
  resolve: resolveDefinitionSecret,
  exchangeOnce: () => Promise.reject(new Error('not here')),
  now: () => 1_000,
  randomBytes: (size: number) => new Uint8Array(size),
}

function bound(functions: CustomAuthFunctions): CustomAuth {
  return bindCustomAuth(custom('mine', { fields: ['key'] }), { mine: functions })
}

async function authorizeWith(authorize: (request: OutgoingRequest) => unknown) {
  const functions = defineCustomAuth({
    authorize: ({ request: given }) => authorize(given) as OutgoingRequest,
  })
  return await customKind.authorize(request, token, bound(functions), context)
}

const thrown = [
  new Error(CANARY),
  new TypeError(CANARY, { cause: CANARY }),
  Object.assign(new Error('x'), { name: CANARY, stack: CANARY, code: CANARY }),
  CANARY,
  undefined,
]

describe('functions of a user', () => {
  test.each(thrown)('what authorize throws is not repeated: %o', async (error) => {
    const failure: unknown = await authorizeWith(() => Promise.reject(error as Error)).catch(
      (caught: unknown) => caught,
    )
    expect(failureCode(failure)).toBe('CustomAuthFailed')
    expect(inspect(failure, { depth: 9, showHidden: true })).not.toContain(CANARY)
    expect((failure as Error).message).toMatch(
      /^authorize of the custom authentication 'mine' threw/,
    )
  })

  test.each(thrown)('what mint throws is not repeated: %o', async (error) => {
    const mint = () => Promise.reject(error)
    const auth = bound(defineCustomAuth({ mint }))
    const outcome = await customKind.mint({ ...context, auth })
    expect(outcome).toMatchObject({ ok: false, class: 'ambiguous', code: 'custom_threw' })
    expect(inspect(outcome)).not.toContain(CANARY)
  })

  test.each<[string, (given: OutgoingRequest) => unknown, string]>([
    ['no request', () => undefined, 'InvalidInput'],
    ['another origin', (r) => ({ ...r, url: new URL('https://evil.example/') }), 'ForeignOrigin'],
    ['another port', (r) => ({ ...r, url: new URL('https://api.example:444/') }), 'ForeignOrigin'],
    ['plain http', (r) => ({ ...r, url: new URL('http://api.example/') }), 'ForeignOrigin'],
    [
      'a user name',
      (r) => ({ ...r, url: new URL(`https://${CANARY}@api.example/`) }),
      'InvalidInput',
    ],
    ['a URL as text', (r) => ({ ...r, url: r.url.href }), 'InvalidInput'],
    ['another method', (r) => ({ ...r, method: 'GET' }), 'InvalidInput'],
    ['a body of bytes', (r) => ({ ...r, body: Buffer.from(CANARY) }), 'InvalidInput'],
    ['a line break', (r) => ({ ...r, headers: { x: `${CANARY}\r\ny: z` } }), 'InvalidInput'],
    ['a list of values', (r) => ({ ...r, headers: { x: [CANARY] } }), 'InvalidInput'],
    ['a header name with a colon', (r) => ({ ...r, headers: { 'x: y': CANARY } }), 'InvalidInput'],
    ['a header of HTTP', (r) => ({ ...r, headers: { Host: CANARY } }), 'InvalidInput'],
    ['a header twice', (r) => ({ ...r, headers: { x: 'a', X: 'b' } }), 'InvalidInput'],
    ['Headers of fetch', (r) => ({ ...r, headers: new Headers({ x: CANARY }) }), 'InvalidInput'],
    ['no headers', (r) => ({ ...r, headers: undefined }), 'InvalidInput'],
  ])('a request with %s is not sent, and not repeated', async (_name, make, code) => {
    const failure: unknown = await authorizeWith(make).catch((caught: unknown) => caught)
    expect(failureCode(failure)).toBe(code)
    expect(inspect(failure, { depth: 9 })).not.toContain(CANARY)
  })

  test('they get a copy: a request that they change is changed for nobody else', async () => {
    const made = await authorizeWith((given) => {
      given.url.searchParams.set('signed', 'yes')
      given.headers['x-signed'] = 'yes'
      return given
    })
    expect(made.url.href).toBe('https://api.example/orders?page=2&signed=yes')
    expect(made).toMatchObject({ method: 'POST', body: '{}' })
    expect(request.url.href).toBe('https://api.example/orders?page=2')
    expect(request.headers).toEqual({ accept: 'text/plain' })
  })

  test.each<[string, unknown, object]>([
    ['nothing', undefined, { class: 'misconfigured', code: 'custom_result' }],
    ['an empty token', { token: {}, lifetimeMs: 1 }, { code: 'custom_result' }],
    ['an empty text', { token: { accessToken: '' }, lifetimeMs: 1 }, { code: 'custom_result' }],
    ['a number', { token: { accessToken: 7 }, lifetimeMs: 1 }, { code: 'custom_result' }],
    ['a variable in disguise', { token: { $shop: 'x' }, lifetimeMs: 1 }, { code: 'custom_result' }],
    ['no lifetime', { token: { accessToken: CANARY } }, { code: 'custom_result' }],
    [
      'an endless one',
      { token: { accessToken: CANARY }, lifetimeMs: Infinity },
      { code: 'custom_result' },
    ],
    [
      'a failure',
      { failed: 'invalid_grant', code: 'locked' },
      { class: 'invalid_grant', code: 'locked' },
    ],
    [
      'words as code',
      { failed: 'throttled', code: `${CANARY} !`, retryAfterMs: 5 },
      { code: 'custom', retryAfterMs: 5 },
    ],
    ['an unknown class', { failed: CANARY, code: 'x' }, { class: 'misconfigured' }],
  ])('mint that returns %s is told without it', async (_name, value, expected) => {
    const auth = bound(defineCustomAuth({ mint: () => Promise.resolve(value as never) }))
    const outcome = await customKind.mint({ ...context, auth })
    expect(outcome).toMatchObject({ ok: false, ...expected })
    expect(JSON.stringify(outcome)).not.toContain(CANARY)
  })

  test('mint may change fields of the credential, and the others stay', async () => {
    const auth = bound(
      defineCustomAuth({
        consumesGrant: true,
        mint: () =>
          Promise.resolve({
            token: { accessToken: new Secret('a') },
            grant: { next: 'n' },
            lifetimeMs: 5,
            scope: 's',
            subject: 'u',
            answer: { shop: 'x' },
          }),
      }),
    )
    const outcome = await customKind.mint({ ...context, auth })
    if (!outcome.ok) throw new Error(outcome.message)
    expect(Object.keys(outcome.grant ?? {}).sort()).toEqual(['key', 'next'])
    expect(outcome).toMatchObject({
      lifetimeMs: 5,
      scope: 's',
      subject: 'u',
      answer: { shop: 'x' },
    })
    expect(customKind.consumesGrant(auth)).toBe(true)
  })

  test('a check whose words hold a value of the credential is told in other words', () => {
    const check = (checkFields: () => string | undefined) =>
      customKind.checkFields(
        token,
        bound(defineCustomAuth({ checkFields, authorize: (r) => r.request })),
      )
    expect(check(() => undefined)).toBeUndefined()
    expect(check(() => 'key is too short')).toBe('key is too short')
    expect(check(() => `${CANARY}-key is too short`)).toMatch(/in words that can not be shown$/)
    expect(check(() => 'two\nlines')).toMatch(/in words that can not be shown$/)
    expect(
      check(() => {
        throw new Error(CANARY)
      }),
    ).toBe('the check that is registered for it threw an error')
  })

  test('neither authorize nor mint: defineCustomAuth says so', () => {
    expect(() => defineCustomAuth({} as never)).toThrow(/give authorize .* or mint/)
    expect(() => defineCustomAuth({ authorize: 'x' } as never)).toThrow(
      /authorize must be a function/,
    )
  })

  test('without the functions nothing is sent', async () => {
    const auth = custom('mine', { fields: ['key'] })
    const failure: unknown = await Promise.resolve(
      customKind.authorize(request, token, auth, context),
    ).catch((caught: unknown) => caught)
    expect(failureCode(failure)).toBe('InvalidDefinition')
  })
})
