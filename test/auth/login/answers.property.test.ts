import fc from 'fast-check'
import { expect, test } from 'vitest'
import { loginFlowKind } from '../../../src/auth/login-flow.js'
import type { Exchange } from '../../../src/auth/kind/exchange.js'
import { loginFlow } from '../../../src/connectors/index.js'
import { loginContext, mintLogin, toFields } from './mint-login.js'

const auth = loginFlow({
  credential: ['user', 'password'],
  steps: [
    {
      name: 'page',
      method: 'GET',
      url: 'https://login.example.com/',
      take: { csrf: { pattern: 'csrf-(\\w+)' }, next: { json: 'next' } },
    },
    {
      name: 'login',
      method: 'POST',
      url: '{next}/login/{csrf}',
      headers: { 'X-CSRF': '{csrf}' },
      basic: { username: '{user}', password: '{password}' },
      redirects: 'same-origin',
      failures: [{ json: { path: 'ok', differs: [true] }, means: 'refused' }],
      take: { token: { json: 'data.token' }, xsrf: { cookie: 'XSRF', decode: 'url' } },
    },
  ],
  token: { headers: { 'X-Token': '{token}', 'X-XSRF': '{xsrf}' }, cookies: 'all' },
  lifetime: { value: 'token', form: 'jwt' },
  hosts: ['*.example.com'],
  logout: { method: 'POST', url: 'https://login.example.com/logout' },
})

const odd = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 40 }),
  fc.json({ maxDepth: 4 }),
  fc.constantFrom(
    '',
    'null',
    '[]',
    '<html>',
    '{"next":"https://evil.test","x":"csrf-c"}',
    '{"next":"https://a.example.com?x","x":"csrf-c"}',
    '{"ok":true,"data":{"token":"canary-t.eyJleHAiOjF9.x"}}',
    '{"ok":true,"data":{"token":"canary\\r\\nx"}}',
    `{"ok":true,"data":{"token":"${'x'.repeat(20_000)}"}}`,
    '{"ok":false,"__proto__":{"token":"canary"}}',
  ),
)
const cookie = fc.oneof(
  odd,
  fc.constantFrom(
    'XSRF=canary%20a; Path=/',
    'XSRF=%E0%A4%A; Path=/',
    'XSRF=a; Max-Age=-1',
    'XSRF=a; Max-Age=99999999999999999999',
    'XSRF=a; Expires=never; Domain=.com',
    '__Host-x=1',
    '=; ;;',
    `long=${'x'.repeat(10_000)}`,
  ),
)
const exchange: fc.Arbitrary<Exchange> = fc.record({
  sentAtMs: fc.constant(1_800_000_000_000),
  answeredAtMs: fc.constant(1_800_000_000_100),
  sent: fc.constantFrom(true, true, true, false),
  status: fc.constantFrom(200, 200, 200, 201, 204, 302, 307, 400, 401, 403, 404, 429, 500, 503),
  headers: fc.dictionary(
    fc.constantFrom('location', 'content-type', 'retry-after', 'x-token'),
    fc.oneof(odd, fc.constantFrom('/next', 'https://evil.test/', 'text/html', '5', '//evil.test')),
  ),
  cookies: fc.array(cookie, { maxLength: 3 }),
  text: odd,
})

const good = (text: string): fc.Arbitrary<Exchange> =>
  fc
    .record({ sent: fc.constant(true), cookies: fc.array(cookie, { maxLength: 3 }) })
    .map((rest) => ({
      ...rest,
      sentAtMs: 1_800_000_000_000,
      answeredAtMs: 1_800_000_000_100,
      status: 200,
      headers: {},
      text,
    }))
const page = fc.oneof(exchange, good('{"next":"https://a.example.com","x":"csrf-c"}'))
const token = fc.oneof(exchange, good('{"ok":true,"data":{"token":"canary-t.eyJleHAiOjF9.x"}}'))
const all = fc
  .tuple(page, token, fc.array(exchange, { maxLength: 4 }))
  .map(([first, second, rest]) => [first, second, ...rest])

test('whatever comes back: an outcome, no exception, no secret in it, no request elsewhere', async () => {
  const outcomes = new Set<string>()
  await fc.assert(
    fc.asyncProperty(all, async (answers) => {
      const left = [...answers]
      const seen: string[] = []
      const context = loginContext(auth, toFields({ user: 'anna', password: 'canary-password' }), {
        now: () => 1_800_000_000_000,
        exchangeOnce: (request) => {
          seen.push(new URL(request.url).hostname)
          const [first] = answers
          return Promise.resolve(left.shift() ?? (first as Exchange))
        },
      })
      const outcome = await mintLogin(context)
      expect(seen.every((host) => host.endsWith('.example.com'))).toBe(true)
      outcomes.add(outcome.outcome === 'granted' ? 'ok' : outcome.code)
      if (outcome.outcome === 'refused') return
      const revoked = await loginFlowKind.revoke?.({ ...context, token: outcome.token })
      expect(JSON.stringify(revoked)).not.toContain('canary')
    }),
    { numRuns: 3000 },
  )
  // The property is worth something: the ways of ending are many, and a good one is among them.
  expect([...outcomes]).toEqual(
    expect.arrayContaining(['ok', 'value_missing', 'unusable_value', 'http_401', 'login_refused']),
  )
})
