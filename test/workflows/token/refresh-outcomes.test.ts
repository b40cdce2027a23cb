import { describe, expect, it } from 'vitest'
import { decideOutcome, type OutcomeInput } from '../../../workflows/token/refresh-outcomes.js'
import { FACTS, POLICY, T0 } from './token-fixtures.js'

const NO_CONSUMPTION = { ...FACTS, kind: 'client-credentials', consumesGrant: false } as const
const base: OutcomeInput = {
  class: 'not_sent',
  facts: FACTS,
  prior: 'clean',
  failures: 1,
  sameClass: 1,
  refusals: 1,
  nowMs: T0,
  hardAtMs: T0 + 50_000,
  issuedAtMs: T0 - 1000,
  random: 1,
}
const zeroGrace = { ...FACTS, policy: { ...POLICY, graceWindowMs: 0 } }

const ROWS: readonly [string, Partial<OutcomeInput>, object][] = [
  ['nothing sent', {}, { outcome: 'retry', atMs: T0 + 1000, prior: 'clean' }],
  [
    'throttled, with Retry-After honoured whole',
    { class: 'throttled', retryAfterMs: 7_200_000 },
    { outcome: 'retry', atMs: T0 + 7_200_000, prior: 'clean' },
  ],
  ['5xx taints', { class: 'server_error' }, { outcome: 'retry', prior: 'tainted' }],
  [
    '5xx after an ambiguous try stays ambiguous',
    { class: 'server_error', prior: 'ambiguous' },
    { outcome: 'retry', prior: 'ambiguous' },
  ],
  [
    'throttled for a year, which the activity bounds by a day: never more than a connector may allow',
    { class: 'throttled', retryAfterMs: 31_536_000_000 },
    { outcome: 'retry', atMs: T0 + 31 * 86_400_000 },
  ],
  [
    'throttled for no time, the fourth time: the back-off',
    { class: 'throttled', retryAfterMs: 0, failures: 4 },
    { outcome: 'retry', atMs: T0 + 8000 },
  ],
  [
    'firewall, fourth time: no verdict',
    { class: 'firewall', refusals: 4, failures: 4 },
    { outcome: 'retry', atMs: T0 + 8000, verdict: undefined },
  ],
  [
    'firewall, fifth time: a verdict, and it is tried again',
    { class: 'firewall', refusals: 5, failures: 5 },
    { outcome: 'retry', atMs: T0 + 16_000, verdict: 'misconfigured' },
  ],
  [
    'ambiguous, grace unknown: at once',
    { class: 'ambiguous' },
    { outcome: 'retry', atMs: T0, prior: 'ambiguous' },
  ],
  [
    'ambiguous, no grace: held until the hard limit',
    { class: 'ambiguous', facts: zeroGrace },
    { outcome: 'retry', atMs: T0 + 50_000, prior: 'ambiguous' },
  ],
  [
    'ambiguous, second time: back-off',
    { class: 'ambiguous', sameClass: 2, failures: 2 },
    { outcome: 'retry', atMs: T0 + 2000 },
  ],
  [
    'ambiguous, nothing consumed: transient',
    { class: 'ambiguous', facts: NO_CONSUMPTION },
    { outcome: 'retry', atMs: T0 + 1000, prior: 'clean' },
  ],
  ['invalid_grant, clean', { class: 'invalid_grant' }, { reason: 'revoked' }],
  [
    'invalid_grant, tainted',
    { class: 'invalid_grant', prior: 'tainted' },
    { reason: 'rotation_lost' },
  ],
  [
    'invalid_grant, ambiguous',
    { class: 'invalid_grant', prior: 'ambiguous' },
    { reason: 'rotation_lost' },
  ],
  [
    'invalid_grant of a grant that was not used for too long',
    {
      class: 'invalid_grant',
      facts: { ...FACTS, policy: { ...POLICY, idleLimitMs: 1000 } },
    },
    { reason: 'expired_idle' },
  ],
  [
    'invalid_grant to client credentials',
    { class: 'invalid_grant', facts: NO_CONSUMPTION, refusals: 3 },
    { outcome: 'retry', verdict: 'misconfigured' },
  ],
  [
    'one odd refusal: again after a second, no verdict',
    { class: 'misconfigured' },
    { outcome: 'retry', atMs: T0 + 1000, verdict: undefined },
  ],
  [
    'a third refusal in a row',
    { class: 'misconfigured', refusals: 3, failures: 3 },
    { outcome: 'retry', atMs: T0 + 4000, verdict: 'misconfigured' },
  ],
  [
    'a refusal that may count as a wrong password: once more, after a minute',
    { class: 'misconfigured', probe: 'never' },
    { outcome: 'retry', atMs: T0 + 60_000, verdict: undefined },
  ],
  [
    'and again: no third try',
    { class: 'misconfigured', probe: 'never', refusals: 2, failures: 2 },
    { outcome: 'misconfigured' },
  ],
]

describe('the outcome table', () => {
  it.each(ROWS)('%s', (_name, change, expected) => {
    const decided = decideOutcome({ ...base, ...change })
    expect({ verdict: undefined, ...decided }).toMatchObject(expected)
  })

  it('backs off to five minutes at most, with jitter in the upper half', () => {
    const at = (failures: number, random: number) => {
      const decided = decideOutcome({ ...base, failures, random })
      return decided.outcome === 'retry' ? decided.atMs - T0 : -1
    }
    expect([at(1, 0), at(4, 0), at(4, 1), at(40, 1)]).toEqual([500, 4000, 8000, 300_000])
  })
})
