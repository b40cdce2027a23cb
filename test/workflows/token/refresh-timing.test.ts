import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  hardLeadMs,
  issueTime,
  refreshTiming,
  toHeldToken,
} from '../../../workflows/token/refresh-timing.js'
import { at, FACTS, minted, POLICY, T0 } from './token-fixtures.js'

describe('refresh timing', () => {
  it.each([
    [6_000, 600],
    [60_000, 6_000],
    [300_000, 15_000],
    [100_000, 10_000],
    [3_600_000, 60_000],
    [86_400_000, 60_000],
  ])('hard lead of a lifetime of %d ms is %d ms', (lifetimeMs, lead) => {
    expect(hardLeadMs(lifetimeMs)).toBe(lead)
  })

  it('draws the soft moment from 20 to 30 % before the end', () => {
    const at = (random: number) =>
      refreshTiming({ issuedAtMs: 0, lifetimeMs: 3_600_000, policy: POLICY, random }).softAtMs
    expect([at(0), at(0.5), at(0.999999)]).toEqual([2_880_000, 2_700_000, 2_520_000])
  })

  it.each([{ earlyRefresh: 'rejected' as const }, { refreshRevokesAccess: true }])(
    'makes soft hard with %o',
    (flag) => {
      const policy = { ...POLICY, ...flag }
      const timing = refreshTiming({ issuedAtMs: 0, lifetimeMs: 3_600_000, policy, random: 0.5 })
      expect(timing.softAtMs).toBe(timing.hardAtMs)
    },
  )

  it('holds the least gap between refreshes, but not past the hard moment', () => {
    const at = (minRefreshGapMs: number) => {
      const policy = { ...POLICY, minRefreshGapMs }
      return refreshTiming({ issuedAtMs: 0, lifetimeMs: 100_000, policy, random: 0 }).softAtMs
    }
    expect([at(0), at(85_000), at(99_000)]).toEqual([80_000, 85_000, 90_000])
  })
})

describe('the moment a lifetime counts from', () => {
  const times = { scheduledAtMs: 1000, sentAtMs: 1500, answeredAtMs: 1700, completedAtMs: 2000 }
  it('is when the request was sent', () => {
    expect(issueTime(times)).toBe(1500)
  })
  it('is never before the workflow asked, nor later than the answer allows', () => {
    expect(issueTime({ ...times, sentAtMs: 500, answeredAtMs: 700 })).toBe(1000)
    expect(issueTime({ ...times, sentAtMs: 9000, answeredAtMs: 9200 })).toBe(1800)
  })
})

describe('a held token', () => {
  const isDate = (ms: number) => !Number.isNaN(new Date(ms).getTime())
  const anyNumber = fc.option(
    fc.oneof(fc.double(), fc.integer(), fc.constantFrom(0, -0, 1, 1e18, -1e18, Infinity, NaN)),
    { nil: undefined },
  )

  it('has moments that are dates and in order, or none, for any lifetime', () => {
    const property = fc.property(
      fc.record({
        told: anyNumber,
        byDefault: anyNumber,
        before: anyNumber,
        gapMs: fc.integer({ min: 0, max: 86_400_000 }),
        random: fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
      }),
      ({ told, byDefault, before, gapMs, random }) => {
        const policy = {
          ...POLICY,
          minRefreshGapMs: gapMs,
          defaultLifetimeMs: byDefault,
        }
        const { lifetimeMs: _hour, ...answer } = minted('t')
        const held = toHeldToken(
          { ...answer, lifetimeMs: told },
          { ...FACTS, policy },
          { ...at(T0), random },
          { previousLifetimeMs: before },
        )
        const { issuedAtMs, lifetimeMs, softAtMs, hardAtMs, expiresAtMs } = held
        const moments = [issuedAtMs, softAtMs, hardAtMs, expiresAtMs].filter(
          (ms) => ms !== undefined,
        )
        expect(moments).toHaveLength(lifetimeMs === undefined ? 1 : 4)
        expect(moments.every(isDate)).toBe(true)
        expect(softAtMs ?? 0).toBeLessThanOrEqual(hardAtMs ?? 0)
        expect(hardAtMs ?? 0).toBeLessThanOrEqual(expiresAtMs ?? 0)
      },
    )
    fc.assert(property, { numRuns: 2000 })
  })

  it.each([
    [Number.NaN, undefined, undefined],
    [Infinity, 5000, 5000],
    [0, 5000, 5000],
    [60_000, 5000, 60_000],
  ])('of a lifetime of %d after one of %s counts on %s', (lifetimeMs, before, expected) => {
    const tries = { previousLifetimeMs: before }
    const held = toHeldToken({ ...minted('t'), lifetimeMs }, FACTS, at(T0), tries)
    expect(held.lifetimeMs).toBe(expected)
  })
})
