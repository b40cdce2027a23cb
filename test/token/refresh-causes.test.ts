import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { READ_KEPT } from '../../workflows/token/kept-answers.js'
import { REFRESH_CAUSES, refreshDue } from '../../workflows/token/refresh-causes.js'
import { applyMint } from '../../workflows/token/token-results.js'
import type { TokenSnapshot } from '../../workflows/token/token-snapshot.js'
import { TokenState } from '../../workflows/token/token-state.js'
import {
  activeSnapshot,
  ask,
  at,
  failed,
  FACTS,
  healthOf,
  HOUR,
  STATIC_FACTS,
  T0,
} from './token-fixtures.js'

const IDLE = 10 * HOUR
const SOFT = T0 + 45 * 60_000
const HARD = T0 + HOUR - 60_000
const SOURCE = readFileSync(
  new URL('../../workflows/token/refresh-causes.ts', import.meta.url),
  'utf8',
)

type Name = (typeof REFRESH_CAUSES)[number]['name']
type Case = readonly [
  name: Name,
  change: (snapshot: TokenSnapshot) => void,
  nowMs: number,
  due: readonly [atMs: number, cause: string] | undefined,
]

const within = (policy: Partial<typeof FACTS.policy>) => (snapshot: TokenSnapshot) => {
  const facts = snapshot.facts ?? FACTS
  snapshot.facts = { ...facts, policy: { ...facts.policy, ...policy } }
}

const waitsFor = (minValidityMs: number) => (snapshot: TokenSnapshot) => {
  ask(new TokenState(snapshot), `r${String(minValidityMs)}`, T0, { minValidityMs })
}

/** From the last row to the first: each change leaves what stands below it as it is. */
const CASES: readonly Case[] = [
  [
    'keep-alive',
    within({ mode: 'on-demand', idleLimitMs: IDLE }),
    T0,
    [T0 + IDLE * 0.8, 'keep-alive'],
  ],
  ['timer', within({ mode: 'timer' }), T0, [SOFT, 'soft']],
  ['longer validity', waitsFor(30 * 60_000), T0 + 40 * 60_000, [0, 'longer validity']],
  ['hard', waitsFor(0), HARD, [0, 'hard']],
  ['no token', (snapshot) => delete snapshot.token, HARD, [0, 'no token']],
  ['nothing to refresh', (snapshot) => (snapshot.health = healthOf('rejected')), HARD, undefined],
  [
    'after a failure',
    (snapshot) => {
      applyMint(snapshot, failed('server_error', 'http_500'), 'soft', at(HARD))
    },
    HARD,
    [HARD + 750, 'after http_500'],
  ],
  [
    'after a verdict',
    (snapshot) => {
      for (let tries = 0; tries < 3; tries += 1)
        applyMint(snapshot, failed('misconfigured', 'invalid_client'), 'soft', at(HARD))
    },
    HARD,
    [HARD + 6000, 'after invalid_client'],
  ],
  [
    'rejected',
    (snapshot) => {
      snapshot.doubt = {
        sinceMs: T0,
        lastMs: T0,
        generation: 3,
        status: 401,
        endpoint: 'orders.list',
        answers: 1,
        refusedLooks: 1,
        refusedByVerify: 0,
        verifyFails: 0,
        accepted: false,
        rounds: 1,
        witnesses: [],
        holdsAll: true,
        next: { check: 'refresh', atMs: HARD + 7 },
      }
    },
    HARD,
    [HARD + 7, 'rejected: HTTP 401 to orders.list'],
  ],
  ['forced', (snapshot) => (snapshot.forced = 'operator'), HARD, [0, 'operator']],
  ['unusable', (snapshot) => (snapshot.health = healthOf('needs_reauth')), HARD, undefined],
  [READ_KEPT, (snapshot) => (snapshot.forced = READ_KEPT), HARD, [0, READ_KEPT]],
]

describe('the causes of a refresh', () => {
  it('have a case each, and a row in the comment, in the order in which they are asked', () => {
    const names = REFRESH_CAUSES.map(({ name }) => name)
    expect(CASES.map(([name]) => name).toReversed()).toEqual(names)
    const rows = SOURCE.matchAll(/^ \* \| `([^`]+)` \|/gm)
    expect([...rows].map(([, name]) => name)).toEqual(names)
  })

  it.each(
    CASES.map(([name, , nowMs, due], index) => ({
      name,
      nowMs,
      due,
      changes: CASES.slice(0, index + 1),
    })),
  )('$name stands above all that stands below it', ({ nowMs, due, changes }) => {
    const snapshot = activeSnapshot()
    for (const [, change] of changes) change(snapshot)
    if (due === undefined) {
      expect(refreshDue(snapshot, nowMs)).toBeUndefined()
      return
    }
    const [atMs, cause] = due
    expect(refreshDue(snapshot, nowMs)).toEqual({
      atMs: atMs === 0 ? nowMs : atMs,
      cause,
      summary: `refresh shop/acme (${cause})`,
    })
  })

  it.each<[string, (snapshot: TokenSnapshot) => void]>([
    ['no definition', (snapshot) => delete snapshot.facts],
    ['no grant', (snapshot) => delete snapshot.grant],
    ['a connector that is unknown', (snapshot) => (snapshot.unknownConnector = 'no such')],
  ])('are none with %s', (_what, change) => {
    const snapshot = activeSnapshot()
    snapshot.forced = 'operator'
    change(snapshot)
    expect(refreshDue(snapshot, T0)).toBeUndefined()
  })

  it('hold for kinds without a refresh where the credential could not be opened', () => {
    const snapshot = activeSnapshot(STATIC_FACTS)
    expect(refreshDue(snapshot, T0)).toBeUndefined()
    applyMint(snapshot, failed('not_sent', 'KeyMissing'), 'sealing key missing', at(T0))
    expect(refreshDue(snapshot, T0)).toMatchObject({ cause: 'after KeyMissing' })
  })

  it('ask for nothing while the operator has paused the connection, but for the timer', () => {
    const snapshot = activeSnapshot()
    waitsFor(30 * 60_000)(snapshot)
    snapshot.health = healthOf('active', undefined, true)
    expect(refreshDue(snapshot, T0 + 40 * 60_000)).toMatchObject({ atMs: SOFT, cause: 'soft' })
  })

  it('are called hard where soft and hard are one', () => {
    const policy = { ...FACTS.policy, earlyRefresh: 'rejected' as const }
    const snapshot = activeSnapshot({ ...FACTS, policy })
    expect(refreshDue(snapshot, T0)).toMatchObject({ atMs: HARD, cause: 'hard' })
  })
})
