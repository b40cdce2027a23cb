import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { isUnhurried, spreadLate } from '../../../workflows/token/catch-up.js'
import { connectionStatus } from '../../../workflows/token/connection-status.js'
import { dueWork } from '../../../workflows/token/due-work.js'
import { READ_KEPT } from '../../../workflows/token/kept-answers.js'
import { causeWord, REFRESH_CAUSES, refreshDue } from '../../../workflows/token/refresh-causes.js'
import { applyMint } from '../../../workflows/token/token-results.js'
import type { TokenParts } from '../../../workflows/token/token-parts.js'
import { noteUse, tellUseFromMs } from '../../../workflows/token/use.js'
import { currentLease } from '../../../workflows/token/waiters.js'
import { createRandom } from '../../simulation/random.js'
import { OpenState } from './open-state.js'
import {
  activeParts,
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
/** With the random number of the fixtures. */
const IDLE_DAY = T0 + 0.95 * 24 * HOUR
const SOURCE = readFileSync(
  new URL('../../../workflows/token/refresh-causes.ts', import.meta.url),
  'utf8',
)

type Name = (typeof REFRESH_CAUSES)[number]['name']
type Case = readonly [
  name: Name,
  change: (parts: TokenParts) => void,
  nowMs: number,
  due: readonly [atMs: number, cause: string] | undefined,
]

const within = (policy: Partial<typeof FACTS.policy>) => (parts: TokenParts) => {
  const facts = parts.definition.facts ?? FACTS
  parts.definition = {
    ...parts.definition,
    facts: { ...facts, policy: { ...facts.policy, ...policy } },
  }
}

const waitsFor = (minValidityMs: number) => (parts: TokenParts) => {
  ask(new OpenState(parts), `r${String(minValidityMs)}`, T0, { minValidityMs })
}

/** From the last row to the first: each change leaves what stands below it as it is. */
const CASES: readonly Case[] = [
  [
    'keep-alive',
    within({ mode: 'on-demand', idleLimitMs: IDLE }),
    T0,
    [T0 + IDLE * 0.8, 'keep-alive'],
  ],
  [
    'idle',
    within({ mode: 'used', usedWithinMs: HOUR / 2, idleLimitMs: undefined }),
    T0,
    [IDLE_DAY, 'idle'],
  ],
  ['timer', within({ mode: 'always' }), T0, [SOFT, 'soft']],
  ['longer validity', waitsFor(30 * 60_000), T0 + 40 * 60_000, [0, 'longer validity']],
  ['hard', waitsFor(0), HARD, [0, 'hard']],
  [
    'no token',
    (parts) => (parts.token = { ...parts.token, held: undefined }),
    HARD,
    [0, 'no token'],
  ],
  ['nothing to refresh', (parts) => (parts.health = healthOf('rejected')), HARD, undefined],
  [
    'after a failure',
    (parts) => {
      applyMint(parts, failed('server_error', 'http_500'), 'soft', at(HARD))
    },
    HARD,
    [HARD + 750, 'after http_500'],
  ],
  [
    'after a verdict',
    (parts) => {
      for (let tries = 0; tries < 3; tries += 1)
        applyMint(parts, failed('misconfigured', 'invalid_client'), 'soft', at(HARD))
    },
    HARD,
    [HARD + 6000, 'after invalid_client'],
  ],
  [
    'rejected',
    (parts) => {
      parts.token = {
        ...parts.token,
        doubt: {
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
        },
      }
    },
    HARD,
    [HARD + 7, 'rejected: HTTP 401 to orders.list'],
  ],
  [
    'forced',
    (parts) => (parts.refresh = { ...parts.refresh, cause: 'operator' }),
    HARD,
    [0, 'operator'],
  ],
  ['unusable', (parts) => (parts.health = healthOf('needs_reauth')), HARD, undefined],
  [
    READ_KEPT,
    (parts) => (parts.refresh = { ...parts.refresh, cause: READ_KEPT }),
    HARD,
    [0, READ_KEPT],
  ],
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
    const parts = activeParts()
    for (const [, change] of changes) change(parts)
    if (due === undefined) {
      expect(refreshDue(parts, nowMs)).toBeUndefined()
      return
    }
    const [atMs, cause] = due
    expect(refreshDue(parts, nowMs)).toEqual({
      atMs: atMs === 0 ? nowMs : atMs,
      cause,
      summary: `refresh shop/acme (${cause})`,
    })
  })

  it.each<[string, (parts: TokenParts) => void]>([
    ['no definition', (parts) => (parts.definition = { ...parts.definition, facts: undefined })],
    ['no grant', (parts) => (parts.grant = { ...parts.grant, sealed: undefined })],
    [
      'a connector that is unknown',
      (parts) => (parts.definition = { ...parts.definition, unknownConnector: 'no such' }),
    ],
  ])('are none with %s', (_what, change) => {
    const parts = activeParts()
    parts.refresh = { ...parts.refresh, cause: 'operator' }
    change(parts)
    expect(refreshDue(parts, T0)).toBeUndefined()
  })

  it('hold for kinds without a refresh where the credential could not be opened', () => {
    const parts = activeParts(STATIC_FACTS)
    expect(refreshDue(parts, T0)).toBeUndefined()
    applyMint(parts, failed('not_sent', 'KeyMissing'), 'sealing key missing', at(T0))
    expect(refreshDue(parts, T0)).toMatchObject({ cause: 'after KeyMissing' })
  })

  it('ask for nothing while the operator has paused the connection, but for the timer', () => {
    const parts = activeParts()
    waitsFor(30 * 60_000)(parts)
    parts.health = healthOf('active', undefined, true)
    expect(refreshDue(parts, T0 + 40 * 60_000)).toMatchObject({ atMs: SOFT, cause: 'soft' })
  })

  const used = (usedWithinMs = 24 * HOUR) => within({ mode: 'used', usedWithinMs })
  it.each<[string, (parts: TokenParts) => void, readonly [atMs: number, cause: string]]>([
    ['somebody asked within a day', used(), [SOFT, 'soft']],
    ['the time of use ends with the soft moment', used(45 * 60_000), [SOFT, 'soft']],
    ['it ends before', used(45 * 60_000 - 1), [IDLE_DAY, 'idle']],
    [
      'somebody asks again',
      (parts) => {
        used(HOUR / 2)(parts)
        noteUse(parts, T0 + HOUR / 2)
      },
      [SOFT, 'soft'],
    ],
    [
      'the grant dies unused before the day is over',
      within({ mode: 'used', usedWithinMs: HOUR / 2, idleLimitMs: IDLE }),
      [T0 + IDLE * 0.8, 'idle'],
    ],
  ])('follow the use of a connection: %s', (_what, change, [atMs, cause]) => {
    const parts = activeParts()
    change(parts)
    expect(refreshDue(parts, T0)).toMatchObject({ atMs, cause })
  })

  it('are no sooner for tokens that live longer than a day', () => {
    const parts = activeParts(FACTS, 100 * HOUR)
    used(HOUR)(parts)
    expect(refreshDue(parts, T0)).toMatchObject({ atMs: T0 + 75 * HOUR, cause: 'idle' })
  })

  it('are one at once where somebody asks for what nobody used, in the background while its token lives', () => {
    const parts = activeParts()
    used(HOUR / 2)(parts)
    const nowMs = T0 + 50 * 60_000
    expect(refreshDue(parts, nowMs)).toMatchObject({ atMs: IDLE_DAY })
    const found = currentLease(parts, tellUseFromMs(parts), nowMs)
    expect(found).toMatchObject({ outcome: 'granted', tellUseFromMs: T0 + HOUR / 8 })
    noteUse(parts, nowMs)
    expect(refreshDue(parts, nowMs)).toMatchObject({ atMs: SOFT, cause: 'soft' })
    expect(currentLease(parts, tellUseFromMs(parts), nowMs)).toMatchObject({
      tellUseFromMs: nowMs + HOUR / 8,
    })
    within({ mode: 'always' })(parts)
    expect(currentLease(parts, tellUseFromMs(parts), nowMs)).toMatchObject({
      tellUseFromMs: undefined,
    })
  })

  it('leave a token to its end only while nobody uses it, and the status says so', () => {
    const parts = activeParts()
    expect(connectionStatus(parts, T0)).toMatchObject({ mayEnd: undefined, nextRefreshAtMs: SOFT })
    used(HOUR / 2)(parts)
    const idle = { mayEnd: true, unusedSinceMs: T0, nextRefreshAtMs: IDLE_DAY, status: 'active' }
    expect(connectionStatus(parts, T0 + 20 * HOUR)).toMatchObject(idle)
    within({ mode: 'on-demand' })(parts)
    const onDemand = { mayEnd: true, unusedSinceMs: undefined, nextRefreshAtMs: undefined }
    expect(connectionStatus(parts, T0)).toMatchObject(onDemand)
  })

  it('are called hard where soft and hard are one', () => {
    const policy = { ...FACTS.policy, earlyRefresh: 'rejected' as const }
    const parts = activeParts({ ...FACTS, policy })
    expect(refreshDue(parts, T0)).toMatchObject({ atMs: HARD, cause: 'hard' })
  })
})

describe('why a token request is sent, as the metrics say it', () => {
  it.each([
    ['soft', 'soft'],
    ['hard', 'hard'],
    ['no token', 'no_token'],
    ['longer validity', 'longer_validity'],
    ['keep-alive', 'keep_alive'],
    ['idle', 'idle'],
    ['on demand', 'on_demand'],
    ['rejected: HTTP 401 to orders.list', 'rejected'],
    ['after http_503', 'after_a_failure'],
    ['operator', 'operator'],
    ['definition changed', 'definition_changed'],
    ['sealing key missing', 'sealing_key_missing'],
    ['connect', 'connect'],
    ['rotate', 'rotate'],
    ['whatever somebody wrote', 'other'],
  ])('%s is %s', (cause, word) => {
    expect(causeWord(cause)).toBe(word)
  })
})

describe('what an outage has made late', () => {
  const late = HARD + 2 * HOUR
  const spread = (parts: TokenParts, nowMs: number, random = 0.5) => {
    spreadLate(parts, nowMs, () => random)
    return dueWork(parts, nowMs)
  }
  const CATCH_UP_MS = FACTS.policy.catchUpMs

  it.each<[string, (parts: TokenParts) => void, nowMs: number, afterMs: number]>([
    ['is spread over some minutes', () => undefined, late, CATCH_UP_MS / 2],
    ['is made up for before the hard limit', () => undefined, HARD - 60_000, 30_000],
    [
      'waits longer where nobody uses it',
      within({ mode: 'used', usedWithinMs: HOUR / 2 }),
      IDLE_DAY + HOUR,
      6 * CATCH_UP_MS,
    ],
    [
      'waits for no longer than a quarter of a life',
      (parts) => {
        const { held } = activeParts(FACTS, 60_000).token
        parts.token = { ...parts.token, held }
      },
      late,
      7500,
    ],
  ])('%s', (_what, change, nowMs, afterMs) => {
    const parts = activeParts()
    change(parts)
    expect(spread(parts, nowMs)).toMatchObject({ atMs: nowMs + afterMs })
    // The moment stays, however often the workflow wakes.
    expect(spread(parts, nowMs + 1000, 0.9)).toMatchObject({ atMs: nowMs + afterMs })
    expect(spread(parts, nowMs + afterMs).now).toMatchObject({ kind: 'mint' })
  })

  it('is due at once for whoever waits, and where somebody uses it', () => {
    const parts = activeParts()
    expect(spread(parts, late).now).toBeUndefined()
    ask(new OpenState(parts), 'r', late + 1)
    expect(isUnhurried(parts, 'soft')).toBe(false)
    expect(spread(parts, late + 1).now).toMatchObject({ kind: 'mint' })
    const used = activeParts()
    spread(used, late)
    noteUse(used, late + 1)
    expect(spread(used, late + 1).now).toMatchObject({ kind: 'mint' })
  })

  it.each<[string, (parts: TokenParts) => void, nowMs: number]>([
    ['a moment', () => undefined, SOFT + 9000],
    [
      'what an operator asks for',
      (parts) => (parts.refresh = { ...parts.refresh, cause: 'operator' }),
      late,
    ],
    [
      'a try that failed before',
      (parts) => {
        applyMint(parts, failed('server_error', 'http_500'), 'soft', at(HARD))
      },
      late,
    ],
  ])('is not spread: %s', (_what, change, nowMs) => {
    const parts = activeParts()
    change(parts)
    expect(spread(parts, nowMs).now).toMatchObject({ kind: 'mint' })
  })

  it('keeps one pace for a connector, however many keeper workers there are', () => {
    const random = createRandom(1)
    const minutes = CATCH_UP_MS / 60_000
    const each = 600
    // The second one comes up two minutes later, and finds the other half.
    const startsMs = [late, late + 120_000]
    const moments = startsMs.flatMap((startMs) =>
      Array.from(
        { length: each * minutes },
        () => spread(activeParts(), startMs, random()).atMs ?? 0,
      ),
    )
    const ofMinute = (minute: number): number =>
      moments.filter((atMs) => Math.floor((atMs - late) / 60_000) === minute).length / each
    const pace = Array.from({ length: minutes + 3 }, (_, minute) => Math.round(ofMinute(minute)))
    expect(pace).toEqual([1, 1, 2, 2, 2, 1, 1, 0])
  })

  it('comes behind all that somebody waits for', () => {
    const parts = activeParts()
    expect(isUnhurried(parts, 'soft')).toBe(true)
    expect(isUnhurried(parts, 'idle')).toBe(true)
    for (const cause of ['operator', 'no token', 'rejected: HTTP 401 to x', 'after http_500'])
      expect(isUnhurried(parts, cause)).toBe(false)
    noteUse(parts, SOFT)
    expect(isUnhurried(parts, 'soft')).toBe(false)
  })
})
