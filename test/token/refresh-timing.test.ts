import { describe, expect, it } from 'vitest'
import { hardLeadMs, issueTime, refreshTiming } from '../../workflows/token/refresh-timing.js'
import { POLICY } from './token-fixtures.js'

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
