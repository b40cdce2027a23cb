import { inspect } from 'node:util'
import { describe, expect, test } from 'vitest'
import { readTokenAnswer, type TokenAnswer } from '../../../src/auth/oauth2/read-token-answer.js'
import type { Exchange } from '../../../src/auth/kind/exchange.js'
import type { TokenAnswerRules } from '../../../src/connectors/index.js'
import { ACCESS, accepted, type Answer, now, refused } from './token-answer-cases.js'

async function read(answer: Answer, rules?: TokenAnswerRules, defaultLifetimeMs?: number) {
  const { status = 200, type = 'application/json', headers = {}, body } = answer
  const exchange: Exchange = {
    sentAtMs: now - 50,
    answeredAtMs: now,
    sent: true,
    status,
    headers: { ...headers, ...(type === '' ? {} : { 'content-type': type }) },
    text: typeof body === 'string' ? body : JSON.stringify(body),
  }
  const result = await readTokenAnswer(exchange, {
    request: { tokenUrl: 'https://login.example/token', clientId: 'app' },
    rules,
    defaultLifetimeMs,
  })
  for (const shown of [JSON.stringify(result), inspect(result, { depth: 9 })])
    expect(shown).not.toContain('canary')
  return result
}

function plain(answer: TokenAnswer) {
  if (answer.outcome === 'refused') return answer
  const { accessToken, refreshToken, ...rest } = answer
  return { ...rest, access: accessToken.reveal(), refresh: refreshToken?.reveal() }
}

describe('answers that are tokens', () => {
  test.each(accepted.map((row) => [row[0], row] as const))('%s', async (_name, row) => {
    const [, answer, fields, rules] = row
    const result = plain(await read(answer, rules))
    expect(result).toMatchObject({ outcome: 'granted', access: ACCESS })
    for (const [name, value] of Object.entries(fields))
      expect(result[name as keyof typeof result]).toEqual(value)
  })

  test('lifetime: answer, then the default, then exp of a JWT', async () => {
    const claims = Buffer.from(JSON.stringify({ iat: 1000, exp: 1900 })).toString('base64url')
    const body = { access_token: `eyJhbGciOiJub25lIn0.${claims}.x` }
    expect(await read({ body })).toMatchObject({ lifetimeMs: 900_000 })
    expect(await read({ body }, undefined, 5000)).toMatchObject({ lifetimeMs: 5000 })
    expect(await read({ body: { ...body, expires_in: 7 } }, undefined, 5000)).toMatchObject({
      lifetimeMs: 7000,
    })
  })
})

describe('answers that are none', () => {
  test.each(refused.map((row) => [row[0], row] as const))('%s', async (_name, row) => {
    const [, answer, failureClass, code, rules] = row
    const result = await read(answer, rules)
    expect(result).toMatchObject({ outcome: 'refused', class: failureClass })
    if (code !== '') expect(result).toMatchObject({ code })
    expect(result).toMatchObject({ message: expect.stringContaining('login.example') as string })
  })
})
