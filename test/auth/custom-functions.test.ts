import { inspect } from 'node:util'
import { describe, expect, test } from 'vitest'
import type { OutgoingRequest } from '../../src/auth/kind/auth-kind.js'
import { bindCustomAuth } from '../../src/auth/custom/bind-custom-auth.js'
import { type CustomAuth, customKind } from '../../src/auth/custom.js'
import { custom } from '../../src/connectors/index.js'
import { failureCode } from '../../src/contract/failure.js'
import { type CustomAuthFunctions, defineCustomAuth } from '../../src/index.js'
import { resolveDefinitionSecret } from '../../src/sealing/definition-secrets.js'
import { Secret } from '../../src/sealing/secret.js'

const CANARY = 'canary-of-a-user'

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

/** JavaScript lets functions throw anything at all. */
const thrown = [
  new Error(CANARY),
  new TypeError(CANARY, { cause: CANARY }),
  Object.assign(new Error('x'), { name: CANARY, stack: CANARY, code: CANARY }),
  CANARY,
  undefined,
] as Error[]

describe('functions of a user', () => {
  test.each(thrown)('what authorize throws is not repeated: %o', async (error) => {
    const failure: unknown = await authorizeWith(() => Promise.reject(error)).catch(
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
    expect(outcome).toMatchObject({ outcome: 'refused', class: 'ambiguous', code: 'custom_threw' })
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
    ['a blank text', { token: { accessToken: ' \t' }, lifetimeMs: 1 }, { code: 'custom_result' }],
    [
      'half a character',
      { token: { accessToken: `${CANARY}\ud800` }, lifetimeMs: 1 },
      { code: 'custom_result' },
    ],
    [
      'a token of 32 KiB and a byte',
      { token: { accessToken: CANARY.padEnd(32 * 1024 + 1, 'x') }, lifetimeMs: 1 },
      { class: 'misconfigured', code: 'token_too_long' },
    ],
    [
      'a token whose fields are too long together',
      {
        token: { accessToken: CANARY.padEnd(16 * 1024, 'x'), other: '\u20ac'.repeat(5462) },
        lifetimeMs: 1,
      },
      { code: 'token_too_long' },
    ],
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
    expect(outcome).toMatchObject({ outcome: 'refused', ...expected })
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
            lifetimeMs: 5000,
            scope: 's',
            subject: 'u',
            answer: { shop: 'x' },
          }),
      }),
    )
    const outcome = await customKind.mint({ ...context, auth })
    if (outcome.outcome === 'refused') throw new Error(outcome.message)
    expect(Object.keys(outcome.grant ?? {}).sort()).toEqual(['key', 'next'])
    expect(outcome).toMatchObject({
      lifetimeMs: 5000,
      scope: 's',
      subject: 'u',
      answer: { shop: 'x' },
    })
    expect(customKind.consumesGrant(auth)).toBe(true)
  })

  test.each<[string, unknown]>([
    ['no texts', { next: 7 }],
    ['nothing', {}],
    ['a blank text', { next: ' ' }],
    ['half a character', { next: `${CANARY}\udfff` }],
    ['more than 32 KiB together with what stays', { next: CANARY.padEnd(32 * 1024, 'x') }],
  ])('a grant of %s is not used, and a warning says so', async (_name, grant) => {
    const mint = () =>
      Promise.resolve({ token: { accessToken: 'a' }, lifetimeMs: 5000, grant: grant as never })
    const auth = bound(defineCustomAuth({ consumesGrant: true, mint }))
    const outcome = await customKind.mint({ ...context, auth })
    if (outcome.outcome === 'refused') throw new Error(outcome.message)
    expect(outcome.grant).toBeUndefined()
    expect(outcome.warnings?.join()).toMatch(/grant that mint of .* is not used/)
    expect(JSON.stringify(outcome)).not.toContain(CANARY)
  })

  test('a token of 32 KiB is taken', async () => {
    const token = { accessToken: 'x'.repeat(32 * 1024) }
    const auth = bound(defineCustomAuth({ mint: () => Promise.resolve({ token, lifetimeMs: 5 }) }))
    expect(await customKind.mint({ ...context, auth })).toMatchObject({ outcome: 'granted' })
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
