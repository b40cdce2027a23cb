import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { unpackAnswer } from '../../../src/auth/kind/kept-answer.js'
import type { MintOutcome } from '../../../src/auth/kind/auth-kind.js'
import type { TokenAnswerRules } from '../../../src/connectors/index.js'
import { bodies, mutated } from './arbitrary-answers.js'
import {
  type Answer,
  CODE,
  expectSound,
  good,
  type Grant,
  HELD,
  mintWith,
} from './mint-with-answer.js'

const NEXT = good.refresh_token
const grants = fc.constantFrom<Grant>('refresh', 'code')
const types = fc.constantFrom('application/json', 'text/html', 'application/x-www-form-urlencoded')
const statuses = fc.oneof(fc.constant(200), fc.integer({ min: 200, max: 299 }))

function keptText(outcome: MintOutcome): string | undefined {
  const answer = outcome.unread && unpackAnswer(outcome.unread)
  return answer && Buffer.from(answer.received).toString('utf8')
}

/** The new pair is taken, or the answer that holds it is kept whole. */
async function expectNotLost(grant: Grant, answer: Answer, rules?: TokenAnswerRules) {
  const outcome = await mintWith(grant, answer, rules)
  expectSound(outcome)
  if (outcome.outcome === 'granted' && outcome.grant?.['refreshToken']?.reveal() === NEXT)
    return 'taken'
  expect(keptText(outcome)).toBe(Buffer.from(answer.text, 'utf8').toString('utf8'))
  return 'kept'
}

describe('no grant is lost by a reading error', () => {
  test('2,000 mutations of a good answer: the new pair is taken, or the answer is kept', async () => {
    const seen = { taken: 0, kept: 0 }
    const property = fc.asyncProperty(
      grants,
      mutated,
      statuses,
      types,
      async (grant, text, status, type) => {
        const headers = { 'content-type': type }
        // A careless provider repeats what it was sent, which is the secret of this grant.
        const body = grant === 'code' ? text.replaceAll(HELD, CODE) : text
        seen[await expectNotLost(grant, { text: body, status, headers })] += 1
      },
    )
    await fc.assert(property, { numRuns: 2000 })
    expect(seen.taken).toBeGreaterThan(100)
    expect(seen.kept).toBeGreaterThan(100)
  }, 120_000)

  test('a good answer that is broken off anywhere is kept', async () => {
    const text = JSON.stringify(good)
    for (let length = 1; length < text.length; length += 1)
      expect(await expectNotLost('refresh', { text: text.slice(0, length) })).toBe('kept')
    expect(await expectNotLost('refresh', { text, fault: 'UND_ERR_SOCKET' })).toBe('taken')
  })

  test('whatever came with a success and is no plain refusal is kept', async () => {
    const property = fc.asyncProperty(grants, bodies, statuses, async (grant, text, status) => {
      const outcome = await mintWith(grant, { text, status })
      if (outcome.outcome === 'granted' || text.trim() === '') return
      if (
        ['ambiguous', 'invalid_grant'].includes(outcome.class) &&
        outcome.code === 'unreadable_answer'
      )
        expect(outcome.unread).toBeDefined()
    })
    await fc.assert(property, { numRuns: 1000 })
  }, 60_000)

  const nested = { data: good }
  const rows: readonly (readonly [string, unknown, 'taken' | 'kept', TokenAnswerRules?])[] = [
    ['as it should be', good, 'taken'],
    ['below a name that no rule says', nested, 'kept'],
    ['below a name that a rule says', nested, 'taken', { at: 'data' }],
    ['DPoP', { ...good, token_type: 'DPoP' }, 'kept'],
    ['an error beside the tokens', { ...good, error: 'invalid_request' }, 'kept'],
    ['an access token that is an object', { ...good, access_token: { value: 'x' } }, 'kept'],
    ['a refresh token that is an object', { ...good, refresh_token: { value: NEXT } }, 'kept'],
    ['a refresh token that is a list', { ...good, refresh_token: [NEXT] }, 'kept'],
    ['an access token with a line break', { ...good, access_token: 'a\nb' }, 'kept'],
    ['a lifetime of text', { ...good, expires_in: 'soon' }, 'taken'],
    ['a scope of a number', { ...good, scope: 7 }, 'taken'],
  ]
  test.each(rows.map((row) => [row[0], row] as const))(
    '%s',
    async (_name, [, body, means, rules]) => {
      const text = JSON.stringify(body)
      expect(await expectNotLost('refresh', { text }, rules)).toBe(means)
      expect(await expectNotLost('code', { text }, rules)).toBe(means)
    },
  )

  test('a number with many digits is a token with all of them', async () => {
    const text = JSON.stringify(good).replace(`"${NEXT}"`, '12345678901234567890')
    const outcome = await mintWith('refresh', { text })
    expect(outcome.outcome === 'granted' && outcome.grant?.['refreshToken']?.reveal()).toBe(
      '12345678901234567890',
    )
  })

  test('a long answer is kept as far as tokens may stand in it', async () => {
    const text = `{"access":"a","refresh":"${NEXT}","noise":"${fc.sample(fc.string({ unit: 'binary', minLength: 60_000, maxLength: 70_000 }), 1).join('')}`
    const kept = keptText(await mintWith('refresh', { text }))
    expect(kept).toContain(NEXT)
    expect(Buffer.byteLength(kept ?? '')).toBeLessThan(80_000)
  })

  test('a plain refusal is no answer to keep', async () => {
    const refused = JSON.stringify({ error: 'invalid_grant', error_description: 'no' })
    expect(await mintWith('refresh', { text: refused, status: 400 })).toHaveProperty(
      'unread',
      undefined,
    )
    expect(await mintWith('refresh', { text: refused, status: 200 })).toHaveProperty(
      'unread',
      undefined,
    )
    expect(await mintWith('refresh', { text: '', status: 200 })).toHaveProperty('unread', undefined)
  })
})
