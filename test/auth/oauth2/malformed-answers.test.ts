import { describe, expect, test } from 'vitest'
import type { Exchange } from '../../../src/auth/kind/exchange.js'
import type { TokenAnswerRules } from '../../../src/connectors/index.js'
import { type Answer, expectSound, good, HELD, mintWith } from './mint-with-answer.js'

const json = (value: unknown, more: Partial<Exchange> = {}): Answer => ({
  text: JSON.stringify(value),
  ...more,
})
const error = (code: string, status: number): Answer =>
  json({ error: code, error_description: HELD }, { status })
const challenge = { 'www-authenticate': 'Basic realm="x", error="invalid_client"' }
const html = { 'content-type': 'text/html' }

/** Answers of real providers, each with what it has to come to: a token, or the class of a failure. */
const CASES: readonly (readonly [string, Answer, string, TokenAnswerRules?])[] = [
  ['token_type missing', json({ access_token: 'canary-a' }), 'token'],
  ['token_type null', json({ ...good, token_type: null }), 'token'],
  ['token_type user', json({ ...good, token_type: 'user' }), 'token'],
  ['token_type BearerToken', json({ ...good, token_type: 'BearerToken' }), 'token'],
  ['token_type DPoP', json({ ...good, token_type: 'DPoP' }), 'misconfigured'],
  ['expires_in as text', json({ ...good, expires_in: '3600' }), 'token'],
  ['expires_in 3599.5', json({ ...good, expires_in: 3599.5 }), 'token'],
  ['expires_in 0', json({ ...good, expires_in: 0 }), 'token'],
  ['expires_in missing', json({ ...good, expires_in: undefined }), 'token'],
  ['expires_in null', json({ ...good, expires_in: null }), 'token'],
  ['expires_in never', json({ ...good, expires_in: 'never' }), 'token'],
  ['expires_in -1', json({ ...good, expires_in: -1 }), 'token'],
  ['refresh_token null', json({ ...good, refresh_token: null }), 'token'],
  ['refresh_token empty', json({ ...good, refresh_token: '' }), 'token'],
  ['scope null', json({ ...good, scope: null }), 'token'],
  ['scope as a list', json({ ...good, scope: ['a', 'b'] }), 'token'],
  ['text/plain', json(good, { headers: { 'content-type': 'text/plain' } }), 'token'],
  ['text/html', json(good, { headers: html }), 'token'],
  ['no content type', json(good), 'token'],
  [
    'form-encoded at 200',
    {
      text: new URLSearchParams({ access_token: 'canary-a' }).toString(),
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
    },
    'token',
  ],
  ['201', json(good, { status: 201 }), 'token'],
  ['204', { text: '', status: 204 }, 'ambiguous'],
  [
    '302',
    { text: '', status: 302, headers: { location: 'https://evil.example' } },
    'misconfigured',
  ],
  [
    'Slack ok:false at 200',
    json({ ok: false, error: 'token_revoked', refresh_token: HELD }),
    'misconfigured',
    { failure: { path: 'ok', okValue: true, code: 'error' } },
  ],
  ['GitHub error at 200', error('bad_refresh_token', 200), 'misconfigured'],
  ['nested token at 200, no rule', json({ data: good }), 'ambiguous'],
  ['access_token null', json({ ...good, access_token: null }), 'ambiguous'],
  ['400 with a JSON error', error('invalid_grant', 400), 'invalid_grant'],
  [
    '400 JSON error as text/plain',
    { ...error('invalid_grant', 400), headers: { 'content-type': 'text/plain' } },
    'invalid_grant',
  ],
  ['400 invalid_client', error('invalid_client', 400), 'misconfigured'],
  ['401 with WWW-Authenticate', { text: '', status: 401, headers: challenge }, 'misconfigured'],
  ['500 with a JSON error', error('server_error', 500), 'server_error'],
  ['503 without Retry-After', { text: '', status: 503 }, 'server_error'],
  ['429 with a JSON error', error('slow_down', 429), 'throttled'],
  ['HTML at 200', { text: `<html>${HELD}</html>`, headers: html }, 'ambiguous'],
  ['HTML at 403', { text: `<html>${HELD}</html>`, status: 403, headers: html }, 'firewall'],
  ['truncated JSON at 200', { text: JSON.stringify(good).slice(0, -9) }, 'ambiguous'],
]

test('they are the 37', () => {
  expect(CASES).toHaveLength(37)
  expect(new Set(CASES.map(([name]) => name)).size).toBe(37)
})

describe.each(CASES.map((one) => [one[0], one] as const))('%s', (_name, one) => {
  const [, answer, means, rules] = one

  test('at a refresh', async () => {
    const outcome = await mintWith('refresh', answer, rules)
    expectSound(outcome)
    expect(outcome.outcome === 'granted' ? 'token' : outcome.class).toBe(means)
  })

  test('at the exchange of a code, whose outcome is final', async () => {
    const outcome = await mintWith('code', answer, rules)
    expectSound(outcome)
    const final: Readonly<Record<string, string>> = {
      ambiguous: 'invalid_grant',
      server_error: 'invalid_grant',
      firewall: 'misconfigured',
    }
    const wanted = final[means] ?? means
    expect(outcome.outcome === 'granted' ? 'token' : outcome.class).toBe(wanted)
  })
})
