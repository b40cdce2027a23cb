import { describe, expect, test } from 'vitest'
import { expectSound, type Grant, good, mintWith } from './mint-with-answer.js'

const BOUND = 32 * 1024
const sized = (bytes: number): string => 'x'.repeat(bytes)
const answer = (more: Readonly<Record<string, unknown>>) => ({
  text: JSON.stringify({ ...good, ...more }),
})
const told = (field: string, bytes: number): RegExp =>
  new RegExp(`^the ${field} in the answer of login\\.example has ${String(bytes)} bytes, .* 32768 `)

describe.each<Grant>(['refresh', 'code'])(
  'tokens of many bytes, at a grant of the kind %s',
  (grant) => {
    test.each(['access_token', 'refresh_token'])('%s of just so many is taken', async (field) => {
      const outcome = await mintWith(grant, answer({ [field]: sized(BOUND) }))
      expectSound(outcome)
      if (outcome.outcome === 'refused') throw new Error(outcome.message)
      const taken =
        field === 'access_token' ? outcome.token['accessToken'] : outcome.grant?.['refreshToken']
      expect(taken?.reveal()).toBe(sized(BOUND))
      expect(outcome.unread).toBeUndefined()
      expect(outcome.warnings).toBeUndefined()
    })

    test.each([BOUND + 1, 300_000])('an access token of %i is refused, and kept', async (bytes) => {
      const outcome = await mintWith(grant, answer({ access_token: sized(bytes) }))
      expectSound(outcome)
      expect(outcome).toMatchObject({
        outcome: 'refused',
        class: 'misconfigured',
        code: 'token_too_long',
      })
      if (outcome.outcome === 'granted') return
      expect(outcome.message).toMatch(told('access_token', bytes))
      expect(outcome.message.length).toBeLessThan(700)
      expect(outcome.unread?.reveal().length).toBeLessThan(30_000)
    })

    test.each([
      ['one byte more', sized(BOUND + 1), BOUND + 1],
      ['300 KB', sized(300_000), 300_000],
      ['bytes count, not characters', 'é'.repeat(BOUND / 2 + 1), BOUND + 2],
    ])('a refresh token is kept and told: %s', async (_name, refresh, bytes) => {
      const outcome = await mintWith(grant, answer({ refresh_token: refresh }))
      expectSound(outcome)
      if (outcome.outcome === 'refused') throw new Error(outcome.message)
      expect(outcome.token['accessToken']?.reveal()).toBe(good.access_token)
      expect(outcome.grant?.['refreshToken']).toBeUndefined()
      expect(outcome.warnings?.[0]).toMatch(told('refresh_token', bytes))
      expect(outcome.unread?.reveal().length).toBeLessThan(30_000)
    })
  },
)

test.each([
  ['a number', `{"access_token":${'1'.repeat(BOUND + 1)},"token_type":"bearer"}`],
  ['a form', `access_token=${sized(BOUND + 1)}&refresh_token=canary-next`],
])('as %s', async (_name, text) => {
  const outcome = await mintWith('refresh', { text })
  expect(outcome).toMatchObject({ outcome: 'refused', code: 'token_too_long' })
})

test('a failure that the provider tells stays what it is', async () => {
  const text = JSON.stringify({ ...good, access_token: sized(BOUND + 1), error: 'invalid_grant' })
  expect(await mintWith('refresh', { text, status: 400 })).toMatchObject({ code: 'invalid_grant' })
})
