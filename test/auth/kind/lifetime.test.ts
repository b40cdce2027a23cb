import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { boundLifetime, type LifetimeForm, readLifetime } from '../../../src/auth/kind/lifetime.js'
import { lifetimeOfClaims } from '../../../src/auth/oauth2/jwt-claims.js'

const NOW = Date.UTC(2026, 10, 24)
const S = NOW / 1000
const HOUR = 3_600_000
const none = { note: 'implausible' } as const

describe('one door for lifetimes', () => {
  const rows: readonly (readonly [string, unknown, object, LifetimeForm?])[] = [
    ['seconds', 3600, { ms: HOUR }],
    ['a text of seconds', ' 3600 ', { ms: HOUR }],
    ['with a part', 3599.5, { ms: 3_599_500 }],
    ['with an exponent', '3.6e3', { ms: HOUR }],
    ['a moment in seconds', S + 3600, { ms: HOUR }],
    ['a moment in milliseconds', NOW + HOUR, { ms: HOUR }],
    ['a moment as text', String(S + 3600), { ms: HOUR }],
    ['the moment of the public report', 1_796_000_000, { ms: 1_796_000_000_000 - NOW }],
    ['the same in milliseconds', 1_796_000_000_000, { ms: 1_796_000_000_000 - NOW }],
    ['a moment that is over', S - 10, none],
    ['a date', '2026-11-24T01:00:00Z', { ms: HOUR }],
    ['a date without a zone is UTC', '2026-11-24 01:00:00', { ms: HOUR }],
    ['a date with a zone', '2026-11-24T03:00:00+02:00', { ms: HOUR }],
    ['a date of HTTP', 'Tue, 24 Nov 2026 01:00:00 GMT', { ms: HOUR }],
    ['a duration of ISO', 'PT1H', { ms: HOUR }],
    ['days of ISO', 'P1DT1S', { ms: 86_401_000 }],
    ['a duration of words', '60 minutes', { ms: HOUR }],
    ['days:hours:minutes', '0:01:00', { ms: HOUR }],
    ['ten years', 315_360_000, { ms: 315_360_000_000 }],
    ['a hundred and one years', 3.19e9, none],
    ['nearly nothing', 0.0001, { note: 'too_short' }],
    ['below a second', '0.9', { note: 'too_short' }],
    ['zero', 0, none],
    ['negative', -1, none],
    ['NaN', Number.NaN, none],
    ['infinite', Number.POSITIVE_INFINITY, none],
    ['1e308', 1e308, none],
    ['1e999 as text', '1e999', none],
    ['5e-324', 5e-324, { note: 'too_short' }],
    ['never', 'never', none],
    ['an object', { seconds: 3600 }, none],
    ['a list', [3600], none],
    ['true', true, none],
    ['nothing', undefined, {}],
    ['null', null, {}],
    ['an empty text', '', {}],
    ['milliseconds', 3_600_000, { ms: HOUR }, 'milliseconds'],
    ['a moment where milliseconds are said', NOW + HOUR, { ms: HOUR }, 'milliseconds'],
    [
      'seconds of the epoch where milliseconds are said',
      S + 3600,
      { ms: HOUR },
      'epoch-milliseconds',
    ],
    ['milliseconds of the epoch where seconds are said', NOW + HOUR, { ms: HOUR }, 'epoch-seconds'],
    ['a count where a moment is said', 3600, none, 'epoch-seconds'],
    ['a number where a date is said', 3600, none, 'iso'],
    ['a text of digits where a duration is said', '3600', none, 'duration'],
  ]
  test.each(rows.map((row) => [row[0], row] as const))('%s', (_name, row) => {
    const [, value, lifetime, form = 'seconds'] = row
    expect(readLifetime(value, form, NOW)).toEqual(lifetime)
  })

  test('whatever comes is a safe integer between a second and a hundred years, or unknown', () => {
    const forms = fc.constantFrom<LifetimeForm>(
      ...([
        'seconds',
        'milliseconds',
        'epoch-seconds',
        'epoch-milliseconds',
        'iso',
        'duration',
      ] as const),
    )
    const values = fc.oneof(
      fc.double(),
      fc.integer(),
      fc.maxSafeInteger(),
      fc.string(),
      fc.jsonValue(),
      fc.double().map(String),
      fc.date().map(String),
    )
    fc.assert(
      fc.property(values, forms, (value, form) => {
        for (const { ms } of [
          readLifetime(value, form, NOW),
          boundLifetime(value),
          { ms: lifetimeOfClaims({ exp: value, iat: value }, NOW) },
          { ms: lifetimeOfClaims({ exp: value }, NOW) },
        ])
          if (ms !== undefined)
            expect(Number.isSafeInteger(ms) && ms >= 1000 && ms <= 3.2e12).toBe(true)
      }),
      { numRuns: 5000 },
    )
  })

  test.each([
    [{ exp: S + 3600 }, HOUR],
    [{ exp: S + 3600, iat: S + 1800 }, HOUR / 2],
    [{ exp: NOW + HOUR }, HOUR],
    [{ exp: String(S + 3600) }, HOUR],
    [{ exp: 1e308 }, undefined],
    [{ exp: -1 }, undefined],
    [{ exp: S + 3600, iat: 1e308 }, HOUR],
    [{ exp: {} }, undefined],
  ])('claims %j', (claims, lifetimeMs) => {
    expect(lifetimeOfClaims(claims, NOW)).toBe(lifetimeMs)
  })
})
