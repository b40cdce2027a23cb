import { describe, expect, it } from 'vitest'
import { serve } from '../../../workflows/token/request-table.js'
import type { Waiter } from '../../../workflows/token/parts/queue.js'
import type { TokenParts } from '../../../workflows/token/token-parts.js'
import { activeParts, healthOf, HOUR, STATIC_FACTS, T0 } from './token-fixtures.js'

const waiter = (parts: TokenParts): Waiter => ({
  requestId: 'r',
  replyTo: 'f',
  minValidityMs: 0,
  atGeneration: parts.token.generation,
  atTries: parts.refresh.tries,
  askedAtMs: T0,
})

const lastFailure = {
  class: 'server_error',
  code: 'http_500',
  message: 'm',
  sinceMs: T0,
  count: 1,
  sameClass: 1,
  refusals: 0,
} as const

const HARD = T0 + HOUR - 30_000

/** Every cell: state × (token good, in the hard window, dead). */
const CELLS: readonly [string, (s: TokenParts) => void, string, string, string][] = [
  ['active', () => undefined, 'grant', 'wait refresh', 'wait refresh'],
  [
    'degraded',
    (s) => {
      s.health = healthOf('degraded')
      s.refresh = { ...s.refresh, lastFailure }
    },
    'grant',
    'wait refresh',
    'wait refresh',
  ],
  ...(['pending', 'needs_reauth', 'misconfigured', 'rejected'] as const).map(
    (health): [string, (s: TokenParts) => void, string, string, string] => [
      health,
      (s) => {
        s.health = healthOf(health)
      },
      'wait usable',
      'wait usable',
      'wait usable',
    ],
  ),
  [
    'paused',
    (s) => {
      s.health = healthOf('active', undefined, true)
    },
    'wait usable',
    'wait usable',
    'wait usable',
  ],
  [
    'revoked',
    (s) => {
      s.health = healthOf('revoked')
    },
    'deny ConnectionRevoked',
    'deny ConnectionRevoked',
    'deny ConnectionRevoked',
  ],
  [
    'connector unknown',
    (s) => {
      s.definition = { ...s.definition, unknownConnector: 'no such connector' }
    },
    'deny UnknownConnector',
    'deny UnknownConnector',
    'deny UnknownConnector',
  ],
]

describe('the request table', () => {
  it.each(CELLS)('%s', (_name, change, good, hard, dead) => {
    const answers = [T0 + HOUR / 2, HARD, T0 + HOUR].map((nowMs) => {
      const parts = activeParts()
      change(parts)
      const serving = serve(parts, waiter(parts), nowMs)
      if (serving.outcome === 'deny') return `deny ${serving.code}`
      return serving.outcome === 'wait' ? `wait ${serving.for}` : 'grant'
    })
    expect(answers).toEqual([good, hard, dead])
  })

  it('grants inside the hard window once an attempt has failed, while the token is good', () => {
    const parts = activeParts()
    const asked = waiter(parts)
    parts.health = healthOf('degraded')
    parts.refresh = { ...parts.refresh, lastFailure }
    parts.refresh = { ...parts.refresh, tries: parts.refresh.tries + 1 }
    const serving = serve(parts, asked, HARD)
    expect(serving).toMatchObject({ outcome: 'grant' })
    if (serving.outcome === 'grant') expect(serving.lease.expiresAtMs).toBeLessThan(T0 + HOUR)
  })

  it('ends a lease at the hard limit, and after the longest lease age for a static key', () => {
    const parts = activeParts()
    const serving = serve(parts, waiter(parts), T0 + 53 * 60_000)
    if (serving.outcome !== 'grant') throw new Error('expected a grant')
    expect(serving.lease.expiresAtMs).toBe(T0 + HOUR - 60_000)
    const fixed = activeParts(STATIC_FACTS)
    const other = serve(fixed, waiter(fixed), T0 + 5)
    if (other.outcome !== 'grant') throw new Error('expected a grant')
    expect(other.lease.expiresAtMs).toBe(T0 + 5 + 600_000)
  })

  it('waits for a fresh token where it would offer the validity asked for, and not where it would not', () => {
    const parts = activeParts()
    const nowMs = T0 + 40 * 60_000
    const wants = (minValidityMs: number) =>
      serve(parts, { ...waiter(parts), minValidityMs }, nowMs).outcome
    expect([wants(10 * 60_000), wants(30 * 60_000), wants(2 * HOUR)]).toEqual([
      'grant',
      'wait',
      'grant',
    ])
  })

  it('does not serve a generation that was reported as refused', () => {
    const parts = activeParts()
    parts.token = { ...parts.token, rejectedGeneration: parts.token.generation }
    expect(serve(parts, waiter(parts), T0 + 1).outcome).toBe('wait')
  })
})
