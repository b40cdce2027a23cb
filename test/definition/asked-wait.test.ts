import fc from 'fast-check'
import type { HeaderLines } from '../../src/wire/header-lines.js'
import { describe, expect, it } from 'vitest'
import { boundWait, LONGEST_ASKED_MS, MAX_WAIT_MS, retryWaitMs } from '../../src/contract/wait.js'
import { upstreamNowMs } from '../../src/definition/limit-times.js'
import { type TimeForm, readTimeMs } from '../../src/definition/time-form.js'
import { askedWaitMs, limitWaitMs, retryAfterMs } from '../../src/definition/asked-wait.js'

const NOW = Date.UTC(2026, 10, 24, 12, 0, 0)
const EPOCH = NOW / 1000
const YEAR = LONGEST_ASKED_MS

const read = (headers: HeaderLines, nowMs = NOW) => retryAfterMs({ headers, nowMs })

describe('Retry-After', () => {
  it.each<[string | string[] | undefined, number | undefined]>([
    ['120', 120_000],
    [' 0 ', 0],
    ['7.5', 7500],
    ['7.', 7000],
    ['.5', 500],
    ['+7', 7000],
    ['"7"', 7000],
    ['1e2', 100_000],
    ['7, 2', 7000],
    ['2,7', 7000],
    ['7; comment', 7000],
    [['1', '2'], 2000],
    [['2', 'Tue, 24 Nov 2026 12:01:30 GMT'], 90_000],
    ['soon, 3', 3000],
    ['Tue, 24 Nov 2026 12:01:30 GMT', 90_000],
    ['Tue, 24 Nov 2026 12:01:30 GMT, Tue, 24 Nov 2026 12:00:30 GMT', 90_000],
    ['3, Tue, 24 Nov 2026 12:01:30 GMT', 90_000],
    ['Tue, 24 Nov 2026 13:00:05 +0100', 5000],
    ['Tuesday, 24-Nov-26 12:00:05 GMT', 5000],
    ['Tue Nov 24 12:00:05 2026', 5000],
    ['Thu Dec  3 12:00:00 2026', 9 * 86_400_000],
    ['24 Nov 2026 12:00:05 GMT', 5000],
    ['Tue, 24 Nov 2026 11:00:00 GMT', 0],
    ['2026-11-24T12:00:08Z', 8000],
    ['2026-11-24T12:00:08.250Z', 8250],
    ['2026-11-24T13:00:08+01:00', 8000],
    ['2026-11-24 12:00:08', 8000],
    [String(EPOCH + 8), 8000],
    [`${EPOCH + 8}.5`, 8500],
    [String(NOW + 8000), 8000],
    [String((NOW + 8000) * 1000), 8000],
    [String((NOW + 8000) * 1_000_000), 8000],
    [String(EPOCH - 8), 0],
    [`${EPOCH + 8}, ${EPOCH + 2}`, 8000],
    ['4102444800', YEAR],
    ['31536000', 365 * 86_400_000],
    ['999999999', YEAR],
    ['10s', 10_000],
    ['10 seconds', 10_000],
    ['500ms', 500],
    ['1m30s', 90_000],
    ['1h2m3.5s', 3_723_500],
    ['2 minutes', 120_000],
    ['PT5S', 5000],
    ['PT1M30.5S', 90_500],
    ['P1D', 86_400_000],
    ['00:01:30', 90_000],
    ['-5', undefined],
    ['-1, 4', 4000],
    ['1e308', undefined],
    ['1e999', undefined],
    ['9'.repeat(99), undefined],
    ['9'.repeat(1000), undefined],
    ['NaN', undefined],
    ['Infinity', undefined],
    ['P', undefined],
    ['PT', undefined],
    ['0x10', undefined],
    ['soon', undefined],
    ['null', undefined],
    ['Tue, 31 Feb 2026 12:00:00 GMT', undefined],
    ['Tue, 24 Nov 2026 25:00:00 GMT', undefined],
    ['', undefined],
    [[], undefined],
    [undefined, undefined],
  ])('%j', (header, wait) => {
    expect(read({ 'retry-after': header })).toBe(wait)
  })

  it('in milliseconds, where it is told so, is finer than whole seconds', () => {
    expect(read({ 'retry-after-ms': '1250', 'retry-after': '2' })).toBe(1250)
    expect(read({ 'x-ms-retry-after-ms': '80' })).toBe(80)
    expect(read({ 'retry-after-ms': 'soon', 'retry-after': '2' })).toBe(2000)
  })
})

describe('moments', () => {
  const until = new Date(NOW + 3000).toUTCString()
  const date = new Date(NOW).toUTCString()

  it.each([
    ['10 minutes behind', -600_000],
    ['hours ahead', 7 * 3_600_000],
    ['right', 0],
  ])('are compared with the answer’s own Date by a worker that is %s', (_what, offMs) => {
    const at = (headers: HeaderLines) => read({ date, ...headers }, NOW + offMs)
    expect(at({ 'retry-after': until })).toBe(3000)
    expect(at({ 'retry-after': String(EPOCH + 3) })).toBe(3000)
    expect(at({ 'retry-after': '3' })).toBe(3000)
    expect(at({ date: [date, date], 'retry-after': until })).toBe(3000)
    expect(at({ date: `${date}, ${date}`, 'retry-after': until })).toBe(3000)
    const limited = { status: 429, nowMs: NOW + offMs }
    expect(
      limitWaitMs({ ...limited, headers: { date, 'x-ratelimit-reset': String(EPOCH + 3) } }),
    ).toBe(3000)
  })

  it('of a stored answer count from when it was stored', () => {
    const earlier = new Date(NOW - 60_000).toUTCString()
    expect(read({ date: earlier, age: '60', 'retry-after': until }, NOW + 9e6)).toBe(3000)
    expect(upstreamNowMs({ headers: { date: earlier, age: '-3' }, nowMs: NOW })).toBe(NOW - 60_000)
  })

  it.each(['soon', '', 'Thu, 01 Jan 1970 00:00:00 GMT'])(
    'go by this machine’s clock where the Date is %j',
    (unusable) => {
      expect(read({ date: unusable, 'retry-after': until })).toBe(3000)
    },
  )
})

describe('headers of rate limits', () => {
  const wait = (headers: HeaderLines) => limitWaitMs({ status: 429, headers, nowMs: NOW })

  it.each<[string, HeaderLines, number | undefined]>([
    ['seconds', { 'x-ratelimit-reset': '30' }, 30_000],
    ['a fraction', { 'x-ratelimit-reset': '1.25' }, 1250],
    ['epoch seconds', { 'x-ratelimit-reset': String(EPOCH + 30) }, 30_000],
    ['epoch milliseconds', { 'x-ratelimit-reset': String(NOW + 30_000) }, 30_000],
    ['an ISO date', { 'x-rate-limit-reset': '2026-11-24T12:00:30Z' }, 30_000],
    ['a duration', { 'x-ratelimit-reset': '1m30s' }, 90_000],
    ['the header twice', { 'x-ratelimit-reset': ['30', '60'] }, 60_000],
    ['several limits in one header', { 'x-ratelimit-reset': '30, 60' }, 60_000],
    [
      'several limits, one of them used up',
      { 'x-ratelimit-reset': '30, 3600', 'x-ratelimit-remaining': '0, 4000' },
      30_000,
    ],
    [
      'remaining twice',
      { 'x-ratelimit-reset': ['3600', '30'], 'x-ratelimit-remaining': ['9', '0'] },
      30_000,
    ],
    ['Discord', { 'x-ratelimit-reset-after': '0.75', 'x-ratelimit-reset': `${EPOCH + 9}` }, 750],
    ['Retry-After first', { 'retry-after': '2', 'x-ratelimit-reset': '30' }, 2000],
    ['Retry-After that says nothing', { 'retry-after': '-', 'x-ratelimit-reset': '30' }, 30_000],
    ['the draft’s three headers', { 'ratelimit-reset': '30', 'ratelimit-remaining': '0' }, 30_000],
    ['the draft in one piece', { ratelimit: 'limit=100, remaining=0, reset=30' }, 30_000],
    ['the newer draft', { ratelimit: '"default";r=0;t=30' }, 30_000],
    ['with spaces', { ratelimit: ' "default" ; r = 0 ; t = 30 ' }, 30_000],
    [
      'of two limits the one that is used up',
      { ratelimit: '"burst";r=0;t=2, "daily";r=500;t=86400' },
      2000,
    ],
    ['the same by two headers', { ratelimit: ['"daily";r=500;t=86400', '"burst";r=0;t=2'] }, 2000],
    ['of two that are used up the longer', { ratelimit: '"a";r=0;t=2, "b";r=0;t=1800' }, 1_800_000],
    [
      'of two that are not the one with less left',
      { ratelimit: '"a";r=1;t=2, "b";r=900;t=1800' },
      2000,
    ],
    ['a name with commas', { ratelimit: '"a, b;t=900";r=0;t=2' }, 2000],
    [
      'a limit without a time lasts for its window',
      { ratelimit: '"default";r=0', 'ratelimit-policy': '"other";w=9, "default";q=100;w=60' },
      60_000,
    ],
    [
      'nothing that can be read',
      { ratelimit: '"default"', 'x-ratelimit-reset': 'later' },
      undefined,
    ],
    ['a quote that never ends', { ratelimit: '"default;r=0;t=30' }, undefined],
    ['below zero', { 'x-ratelimit-reset': '-1' }, undefined],
  ])('%s', (_what, headers, waitMs) => {
    expect(wait(headers)).toBe(waitMs)
  })

  it('make a wait of a 429 only', () => {
    const headers = { 'x-ratelimit-reset': '30' }
    expect(askedWaitMs({ status: 429, headers, nowMs: NOW })).toBe(30_000)
    expect(askedWaitMs({ status: 503, headers, nowMs: NOW })).toBeUndefined()
    expect(askedWaitMs({ status: 503, headers: { 'retry-after': '3' }, nowMs: NOW })).toBe(3000)
  })
})

describe('the bound', () => {
  it.each([
    [31_536_000_000, { waitMs: MAX_WAIT_MS, askedMs: 31_536_000_000 }],
    [MAX_WAIT_MS, { waitMs: MAX_WAIT_MS }],
    [7500.2, { waitMs: 7501 }],
    [1e308, { waitMs: MAX_WAIT_MS, askedMs: LONGEST_ASKED_MS }],
    [Infinity, { waitMs: MAX_WAIT_MS, askedMs: LONGEST_ASKED_MS }],
    [-5, { waitMs: 0 }],
    [NaN, { waitMs: 0 }],
  ])('of a wait of %d ms', (askedMs, bounded) => {
    expect(boundWait(askedMs)).toEqual(bounded)
  })

  it('a retry waits for what was told and for the back-off', () => {
    expect(retryWaitMs(undefined, 4000)).toBe(4000)
    expect(retryWaitMs(0, 4000)).toBe(4000)
    expect(retryWaitMs(9000, 4000)).toBe(9000)
    expect(retryWaitMs(Number.NaN, 4000)).toBe(4000)
    expect(retryWaitMs(1e300, 4000)).toBe(31 * MAX_WAIT_MS)
  })
})

/** Texts near those that mean something: pieces of times, put together in any order. */
const nearTimes = fc
  .array(
    fc.oneof(
      fc.constantFrom(
        ...['Tue', ',', ' ', '24', 'Nov', '2026', '12:00:05', 'GMT', '-', 'T', 'Z', '"', ';', '='],
        ...['PT', 'S', 'm', 'ms', 'e', '308', '.', 'r=0', 't=', '"default"', 'reset=', '+01:00'],
      ),
      fc.integer().map(String),
      fc.double().map(String),
      fc.string({ maxLength: 5 }),
    ),
    { maxLength: 12 },
  )
  .map((pieces) => pieces.join(''))
const anyText = fc.oneof(nearTimes, fc.string({ unit: 'binary', maxLength: 300 }))
const anyHeader = fc.oneof(anyText, fc.array(anyText, { maxLength: 3 }), fc.constant(undefined))
const NAMES = ['retry-after', 'retry-after-ms', 'ratelimit', 'ratelimit-policy', 'date', 'age']
const anyHeaders = fc.dictionary(
  fc.constantFrom(...NAMES, 'x-ratelimit-reset', 'x-ratelimit-remaining', 'ratelimit-reset'),
  anyHeader,
)
const forms: TimeForm[] = ['seconds', 'milliseconds', 'epoch-seconds', 'epoch-milliseconds']
const within = (ms: number | undefined, most: number): boolean =>
  ms === undefined || (Number.isInteger(ms) && ms >= 0 && ms <= most)

describe('whatever the headers say', () => {
  it('it is a whole number of milliseconds of a year at most, or nothing', () => {
    fc.assert(
      fc.property(anyHeaders, fc.integer({ min: 200, max: 599 }), (headers, status) => {
        const told = askedWaitMs({ status, headers, nowMs: NOW })
        expect(within(told, LONGEST_ASKED_MS)).toBe(true)
        expect(boundWait(told ?? 0).waitMs).toBeLessThanOrEqual(MAX_WAIT_MS)
      }),
      { numRuns: 5000 },
    )
  })

  it('in each form', () => {
    const any = fc.constantFrom<TimeForm>(...forms, 'date', 'duration', 'any')
    fc.assert(
      fc.property(anyText, any, (text, as) => {
        expect(within(readTimeMs(text, as, NOW), LONGEST_ASKED_MS)).toBe(true)
      }),
      { numRuns: 5000 },
    )
  })

  it('a later moment, or a longer time, is never a shorter wait; and one more header never shortens it', () => {
    const seconds = fc.integer({ min: 0, max: 999_999_999 })
    const written = fc.constantFrom<(value: number) => string>(
      (value) => String(value),
      (value) => `${value}s`,
      (value) => `PT${value}S`,
      (value) => String(EPOCH + value),
      (value) => String(NOW + value * 1000),
      (value) => new Date(NOW + value * 1000).toUTCString(),
      (value) => new Date(NOW + value * 1000).toISOString(),
    )
    fc.assert(
      fc.property(seconds, seconds, written, written, (one, other, write, writeOther) => {
        const shorter = write(Math.min(one, other))
        const longer = write(Math.max(one, other))
        expect(read({ 'retry-after': longer })).toBeGreaterThanOrEqual(
          read({ 'retry-after': shorter }) ?? Infinity,
        )
        const both = read({ 'retry-after': [write(one), writeOther(other)] })
        expect(both).toBe(Math.min(Math.max(one, other) * 1000, LONGEST_ASKED_MS))
      }),
    )
  })

  it('what is long is read in time that grows with its length', () => {
    const longest = ['1m'.repeat(8000), ','.repeat(16_000), '"'.repeat(16_001), '1 s '.repeat(4000)]
    const startedAt = performance.now()
    for (const text of longest)
      limitWaitMs({ headers: { ratelimit: text, date: text }, nowMs: NOW })
    expect(performance.now() - startedAt).toBeLessThan(1000)
  })
})
