import { randomBytes } from 'node:crypto'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createExchangeOnce } from '../../../activities/network/exchange-once.js'
import type { AuthLike } from '../../../src/auth/kind/auth-kind.js'
import { authKindOf } from '../../../src/auth/registry.js'
import { refreshToken, type TokenAnswerRules } from '../../../src/connectors/index.js'
import { Secret } from '../../../src/sealing/secret.js'
import { bodies, mutated } from './arbitrary-answers.js'
import { LOOPBACK } from '../../fixtures/loopback-policy.js'
import { base, CODE, expectSound, type Grant, HELD, mintWith, SECRET } from './mint-with-answer.js'
import { loopbackAnswer, startRawServer } from './raw-server.js'

const paths = fc.constantFrom('data', 'access_token', '__proto__', 'constructor', 'a.b.c', 'ok')
const rulesets: fc.Arbitrary<TokenAnswerRules> = fc.record(
  {
    at: paths,
    form: fc.boolean(),
    tokenType: fc.constant('bearer' as const),
    expiresIn: fc.constantFrom(
      ...([
        'seconds',
        'milliseconds',
        'epoch-seconds',
        'epoch-milliseconds',
        'iso',
        'duration',
      ] as const),
    ),
    expiresWith: fc.array(paths, { minLength: 1, maxLength: 3 }),
    failure: fc.record(
      { path: paths, okValue: fc.boolean(), code: paths },
      { requiredKeys: ['path'] },
    ),
    errors: fc.constant({ bad: 'invalid_grant' as const }),
  },
  { requiredKeys: [] },
)
const statuses = fc.oneof(
  { weight: 4, arbitrary: fc.constant(200) },
  { weight: 1, arbitrary: fc.integer({ min: 100, max: 599 }) },
)
const headers = fc.dictionary(
  fc.constantFrom('content-type', 'www-authenticate', 'retry-after'),
  fc.oneof(
    fc.string(),
    fc.constantFrom('application/x-www-form-urlencoded', '99999999999', 'text/html'),
  ),
)

test('2,000 answers that nobody would write come to a token or to a row of the table', async () => {
  let tokens = 0
  const property = fc.asyncProperty(
    fc.constantFrom<Grant>('refresh', 'code'),
    bodies,
    statuses,
    headers,
    fc.oneof(fc.constant({}), rulesets),
    async (grant, body, status, head, rules) => {
      // A careless provider repeats what it was sent, which is the secret of this grant.
      const text = grant === 'code' ? body.replaceAll(HELD, CODE) : body
      const outcome = await mintWith(grant, { text, status, headers: head }, rules)
      if (outcome.outcome === 'granted') tokens += 1
      expectSound(outcome)
    },
  )
  await fc.assert(property, { numRuns: 2000 })
  // Not all of them are refused for the same reason: the property has seen both sides.
  expect(tokens).toBeGreaterThan(50)
}, 120_000)

describe('bytes on the wire', () => {
  let server: Awaited<ReturnType<typeof startRawServer>>
  beforeAll(async () => {
    server = await startRawServer()
  })
  afterAll(() => server.stop())

  test('invalid UTF-8 and other bytes come to a token or to a row of the table', async () => {
    const exchangeOnce = createExchangeOnce({ network: LOOPBACK })
    const auth = refreshToken({ ...base, tokenUrl: server.url })
    const bytes = fc.oneof(
      fc.uint8Array({ maxLength: 200 }),
      fc
        .tuple(mutated, fc.uint8Array({ minLength: 1, maxLength: 8 }), fc.nat(100))
        .map(([text, noise, at]) =>
          Buffer.concat([Buffer.from(text.slice(0, at)), noise, Buffer.from(text.slice(at))]),
        ),
    )
    const property = fc.asyncProperty(bytes, async (body) => {
      server.answer({
        close: Buffer.concat([Buffer.from(loopbackAnswer(200, '', body.length)), body]),
      })
      const outcome = await authKindOf<AuthLike>(auth).mint({
        auth,
        account: 'acme',
        fields: { refreshToken: new Secret(HELD), clientSecret: new Secret(SECRET) },
        variables: { account: 'acme' },
        rules: {},
        resolve: () => Promise.reject(new Error('nothing to resolve')),
        exchangeOnce,
        now: Date.now,
        randomBytes,
      })
      expectSound(outcome)
    })
    await fc.assert(property, { numRuns: 200 })
  }, 120_000)
})
