import type { IncomingHttpHeaders } from 'node:http'
import { describe, expect, it } from 'vitest'
import { leftOfLimits } from '../../../activities/limits/rate-limit.js'
import { readAnswer } from '../../../activities/connection/upstream-answers.js'
import { readTimeMs } from '../../../src/definition/time-form.js'
import type { LimitRules, LimitTimeForm, RemainingRule } from '../../../src/connectors/limits.js'
import type { HeaderLines } from '../../../src/wire/header-lines.js'

const NOW = Date.parse('2026-11-25T12:00:00.000Z')
const EPOCH = NOW / 1000

interface Answer {
  readonly status: number
  readonly headers?: IncomingHttpHeaders
  readonly body?: unknown
}

function read({ status, headers = {}, body = {} }: Answer, limits?: LimitRules) {
  const text = typeof body === 'string' ? body : JSON.stringify(body)
  const expired = { status: [400], body: { path: 'expired', equals: [true] } }
  return readAnswer({ status, headers, text, limits, expired, pastExpiry: true, nowMs: NOW })
}

describe('a time in a header', () => {
  it.each<[LimitTimeForm, string, number | undefined]>([
    ['seconds', '7', 7000],
    ['seconds', ' 0.25 ', 250],
    ['seconds', '-5', undefined],
    ['seconds', '', undefined],
    ['milliseconds', '1500', 1500],
    ['epoch-seconds', String(EPOCH + 9), 9000],
    ['epoch-seconds', String(EPOCH - 9), 0],
    ['epoch-milliseconds', String(NOW + 1234), 1234],
    ['date', 'Wed, 25 Nov 2026 12:00:08 GMT', 8000],
    ['date', '2026-11-25T12:01:00Z', 60_000],
    ['date', '2026-11-25T11:00:00+00:00', 0],
    ['date', 'tomorrow', undefined],
    ['date', '-5', undefined],
    ['duration', '1m30s', 90_000],
    ['duration', '6m0s', 360_000],
    ['duration', '20ms', 20],
    ['duration', '1h2m3.5s', 3_723_500],
    ['duration', '90', undefined],
    ['duration', '1m 30', undefined],
    ['seconds', '99999999999', 366 * 86_400_000],
  ])('%s %j is %s ms', (as, text, ms) => {
    expect(readTimeMs(text, as, NOW)).toBe(ms)
  })
})

describe('how long a told limit lasts', () => {
  const wait = (rules: LimitRules['wait'], answer: Omit<Answer, 'status'>) =>
    read({ status: 429, ...answer }, rules === undefined ? undefined : { wait: rules })

  it.each<[string, LimitRules['wait'], Omit<Answer, 'status'>, number, string?]>([
    ['Retry-After in seconds', undefined, { headers: { 'retry-after': '3' } }, 3000],
    [
      'X-RateLimit-Reset in thirty years',
      undefined,
      { headers: { 'x-ratelimit-reset': '999999999' } },
      86_400_000,
      'HTTP 429, told more than a year: asked again after 24 hours',
    ],
    [
      'Retry-After as a date',
      undefined,
      { headers: { 'retry-after': 'Wed, 25 Nov 2026 12:00:04 GMT' } },
      4000,
    ],
    ['nothing', undefined, {}, 5000],
    [
      'a reset in milliseconds',
      [{ header: 'X-RateLimit-Reset', as: 'milliseconds' }],
      { headers: { 'x-ratelimit-reset': '2500' } },
      2500,
    ],
    [
      'a reset as a duration (OpenAI)',
      [{ header: 'x-ratelimit-reset-requests', as: 'duration' }],
      { headers: { 'x-ratelimit-reset-requests': '6m0s' } },
      360_000,
    ],
    [
      'a header that is not there: the next rule',
      [
        { header: 'X-Missing', as: 'seconds' },
        { header: 'X-Reset-At', as: 'date' },
      ],
      { headers: { 'x-reset-at': '2026-11-25T12:00:10Z' } },
      10_000,
    ],
    [
      'rules that find nothing: Retry-After',
      [{ header: 'X-Missing', as: 'seconds' }],
      { headers: { 'retry-after': '11' } },
      11_000,
    ],
    [
      'the draft header in one piece',
      [{ header: 'RateLimit', part: 'reset', as: 'seconds' }],
      { headers: { ratelimit: 'limit=100, remaining=0, reset=30' } },
      30_000,
    ],
    [
      'the newer draft with two limits: the longer one',
      [{ header: 'RateLimit', part: 't', as: 'seconds' }],
      { headers: { ratelimit: '"burst";r=0;t=2, "hour";r=0;t=1800' } },
      1_800_000,
    ],
    [
      'the body (Discord)',
      [{ body: 'retry_after', as: 'seconds' }],
      { body: { retry_after: 64.57 } },
      64_570,
    ],
  ])('%s', (_what, rules, answer, waitMs, reason = 'HTTP 429') => {
    expect(wait(rules, answer)).toEqual({ outcome: 'wait', by: 'limit', waitMs, reason })
  })
})

describe('a limit that is told beside a 429', () => {
  const detect: LimitRules['detect'] = [
    {
      status: [400],
      body: { path: 'errors.0.extensions.code', equals: ['RATELIMITED'] },
      waitMs: 60_000,
    },
    { status: [403], body: { includes: 'rateLimitExceeded' } },
    { status: [403], header: { name: 'X-Limited', equals: 'true' }, waitMs: 1000 },
    { status: [200], body: { path: 'error', includes: 'too many' } },
    { status: [401], header: { name: 'X-Error', includes: 'quota' } },
    { status: [420] },
  ]

  it.each<[string, Answer, number]>([
    [
      'Linear at 400',
      { status: 400, body: { errors: [{ extensions: { code: 'RATELIMITED' } }] } },
      60_000,
    ],
    ['Google in the text of a 403', { status: 403, body: '{"reason":"rateLimitExceeded"}' }, 5000],
    ['by a header at 403', { status: 403, headers: { 'x-limited': 'true' } }, 1000],
    ['at 200 in the body', { status: 200, body: { error: 'too many calls' } }, 5000],
    ['at 401, which is no expiry then', { status: 401, headers: { 'x-error': 'quota' } }, 5000],
    ['at 420', { status: 420, headers: { 'retry-after': '9' } }, 9000],
    [
      'with the words of an expiry beside it',
      { status: 403, body: { expired: true, reason: 'rateLimitExceeded' } },
      5000,
    ],
  ])('%s', (_what, answer, waitMs) => {
    expect(read(answer, { detect })).toMatchObject({ outcome: 'wait', by: 'limit', waitMs })
  })

  it.each<[string, Answer, string]>([
    ['a 400 of another kind', { status: 400, body: { errors: [] } }, 'expired'],
    ['a 403 of another kind', { status: 403, headers: { 'x-limited': 'no' } }, 'rejected'],
    ['a 200', { status: 200, body: { error: null } }, 'accepted'],
    ['a 401', { status: 401 }, 'expired'],
    ['a body that is no JSON', { status: 200, body: 'too many' }, 'accepted'],
  ])('not %s', (_what, answer, means) => {
    expect(read(answer, { detect }).outcome).toBe(means)
  })

  it('GitHub tells a used-up limit at 403 with nothing left, and a missing scope wins over it', () => {
    const headers = { 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': String(EPOCH + 60) }
    expect(read({ status: 403, headers })).toMatchObject({ by: 'limit', waitMs: 60_000 })
    const scope = { ...headers, 'www-authenticate': 'Bearer error="insufficient_scope"' }
    expect(read({ status: 403, headers: scope }).outcome).toBe('insufficient-scope')
  })

  it('a 503 with Retry-After is an outage, not a limit of the connection', () => {
    const answer = { status: 503, headers: { 'retry-after': '3' } }
    expect(read(answer)).toMatchObject({ outcome: 'wait', by: 'outage', waitMs: 3000 })
  })
})

describe('what is left', () => {
  it.each<[string, RemainingRule, HeaderLines, unknown]>([
    [
      'three headers (GitHub)',
      {
        header: 'X-RateLimit-Remaining',
        limit: { header: 'X-RateLimit-Limit' },
        reset: { header: 'X-RateLimit-Reset', as: 'epoch-seconds' },
      },
      {
        'x-ratelimit-remaining': '4',
        'x-ratelimit-limit': '5000',
        'x-ratelimit-reset': String(EPOCH + 90),
      },
      [{ left: 4, of: 5000, resetInMs: 90_000 }],
    ],
    [
      'used of the whole (Shopify)',
      { header: 'X-Shopify-Shop-Api-Call-Limit', as: 'used/limit' },
      { 'x-shopify-shop-api-call-limit': '39/40' },
      [{ left: 1, of: 40 }],
    ],
    [
      'used of the whole inside a header (Salesforce)',
      { header: 'Sforce-Limit-Info', part: 'api-usage', as: 'used/limit' },
      { 'sforce-limit-info': 'api-usage=5001/5000; per-app-api-usage=17/250(appName=x)' },
      [{ left: 0, of: 5000 }],
    ],
    [
      'the draft header',
      {
        header: 'RateLimit',
        part: 'remaining',
        limit: { header: 'RateLimit', part: 'limit' },
        reset: { header: 'RateLimit', part: 'reset', as: 'seconds' },
      },
      { ratelimit: 'limit=100, remaining=0, reset=30' },
      [{ left: 0, of: 100, resetInMs: 30_000 }],
    ],
    [
      'the newer draft: limit by limit, the whole in another header',
      {
        header: 'RateLimit',
        part: 'r',
        limit: { header: 'RateLimit-Policy', part: 'q' },
        reset: { header: 'RateLimit', part: 't', as: 'seconds' },
      },
      {
        ratelimit: '"burst";r=0;t=2, "day";r=900;t=4000',
        'ratelimit-policy': '"burst";q=10;w=5, "day";q=1000;w=86400',
      },
      [
        { left: 0, of: 10, resetInMs: 2000 },
        { left: 900, of: 1000, resetInMs: 4_000_000 },
      ],
    ],
    ['a header that is not there', { header: 'X-Left' }, {}, []],
    ['a header that is no number', { header: 'X-Left' }, { 'x-left': 'plenty' }, []],
    [
      'what came twice: both',
      { header: 'X-Left' },
      { 'x-left': ['4', '9'] },
      [{ left: 4 }, { left: 9 }],
    ],
    ['a number below zero', { header: 'X-Left' }, { 'x-left': '-1' }, [{ left: 0 }]],
    ['a broken used/limit', { header: 'X-Left', as: 'used/limit' }, { 'x-left': '39 of 40' }, []],
  ])('%s', (_what, rule, headers, left) => {
    expect(leftOfLimits([rule], { headers, nowMs: NOW })).toEqual(left)
  })
})
