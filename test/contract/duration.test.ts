import fc from 'fast-check'
import { msToNumber } from '@temporalio/common/lib/time.js'
import { describe, expect, test } from 'vitest'
import { LONGEST_DURATION_MS, toMilliseconds } from '../../src/contract/duration.js'

describe('a duration', () => {
  test.each([
    ['30s', 30_000],
    ['2 hours', 7_200_000],
    ['1.5 h', 5_400_000],
    [' 3 days ', 259_200_000],
    ['1 week', 604_800_000],
    ['2 weeks', 1_209_600_000],
    ['1y', 31_557_600_000],
    ['500', 500],
    ['500ms', 500],
    ['10 Minutes', 600_000],
    ['0', 0],
    [0, 0],
    [1.4, 1],
    [90_000, 90_000],
  ])('%j is %d ms', (given, ms) => {
    expect(toMilliseconds(given)).toBe(ms)
  })

  test.each([
    '5 constructor',
    '5 toString',
    '5 __proto__',
    '5 hasOwnProperty',
    '1 valueOf',
    '-1s',
    '- 5 minutes',
    '1e3',
    '1e999s',
    'Infinity',
    'NaN',
    '',
    ' ',
    'soon',
    '5 5 s',
    '1 hour 5 minutes',
    '101 years',
    '9'.repeat(400),
    '9'.repeat(90),
    '0x10',
    '5\u0000s',
    '٥ s',
    Number.NaN,
    Number.POSITIVE_INFINITY,
    -1,
    1e308,
    Number.MAX_SAFE_INTEGER,
    null,
    undefined,
    {},
    [],
    true,
    10n,
  ])('%s is none', (given) => {
    expect(toMilliseconds(given)).toBeUndefined()
  })

  test('is what Temporal makes of it, or none; always a whole number within bounds', () => {
    const unit = fc.constantFrom(
      'ms',
      's',
      'm',
      'h',
      'd',
      'w',
      'y',
      'min',
      'hrs',
      'constructor',
      '',
    )
    const text = fc.oneof(
      fc
        .tuple(fc.double({ noNaN: true }), fc.constantFrom('', ' ', '  '), unit)
        .map((all) => all.join('')),
      fc.tuple(fc.nat(), unit).map(([count, name]) => `${String(count)} ${name}`),
      fc.string(),
    )
    fc.assert(
      fc.property(text, (given) => {
        const ms = toMilliseconds(given)
        if (ms === undefined) return
        expect(Number.isSafeInteger(ms) && ms >= 0 && ms <= LONGEST_DURATION_MS).toBe(true)
        expect(ms).toBe(Math.round(msToNumber(given.trim() as '1s')))
      }),
    )
  })
})
