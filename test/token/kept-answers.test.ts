import { describe, expect, test } from 'vitest'
import type { Sealed } from '../../src/contract/sealed.js'
import { keptInput, READ_KEPT } from '../../workflows/token/kept-answers.js'
import { applyDescription, applyMint } from '../../workflows/token/token-results.js'
import { applyRotationMint } from '../../workflows/token/rotation.js'
import type { Rotation, TokenSnapshot } from '../../workflows/token/token-snapshot.js'
import { TokenState } from '../../workflows/token/token-state.js'
import { activeSnapshot, at, FACTS, failed, HOUR, minted, T0 } from './token-fixtures.js'

const unread = (n: number) => ({
  ...failed('ambiguous', 'unreadable_answer'),
  kept: `answer-${String(n)}` as Sealed,
})
const describeAs = (snapshot: TokenSnapshot, fingerprint: string) => {
  const facts = { ...FACTS, fingerprint }
  applyDescription(snapshot, { known: true, facts, searchAttributes: [] }, T0)
}
const OLD = 'grant-3' as Sealed

describe('an answer that nobody could read', () => {
  test('is kept before the grant is tried again, told, and bounded', () => {
    const snapshot = activeSnapshot()
    for (const n of [1, 2, 3, 4, 5]) applyMint(snapshot, unread(n), 'soft', at(T0))
    expect(snapshot.keptAnswers?.map(({ sealed }) => sealed)).toEqual([
      'answer-1',
      'answer-4',
      'answer-5',
    ])
    expect(snapshot.story.filter(({ event }) => event === 'answer_kept')).toHaveLength(5)
    const status = new TokenState(snapshot).status(T0)
    expect(status.keptAnswers).toBe(3)
    expect(status.warnings?.join()).toMatch(/kept, sealed.*answer rules.*tokenkeeper.refresh/)
  })

  test('a dead grant is not the end: another definition reads what is kept, and sends nothing', () => {
    const snapshot = activeSnapshot()
    applyMint(snapshot, unread(1), 'soft', at(T0))
    applyMint(snapshot, failed('invalid_grant', 'invalid_grant'), 'retry', at(T0 + HOUR))
    const state = new TokenState(snapshot)
    expect(state.due(T0 + 2 * HOUR).now).toBeUndefined()
    expect(snapshot).toMatchObject({ health: { kind: 'needs_reauth', reason: 'rotation_lost' } })
    describeAs(snapshot, 'fedcba9876543210')
    expect(state.due(T0 + 2 * HOUR).now).toEqual({ work: 'mint', cause: READ_KEPT })
    expect(keptInput(snapshot, OLD, true)).toEqual({ kept: ['answer-1'], onlyKept: true })
    const { story: before } = structuredClone(snapshot)
    applyMint(snapshot, failed('invalid_grant', 'kept_unread'), READ_KEPT, at(T0 + 2 * HOUR))
    expect(snapshot).toMatchObject({ health: { kind: 'needs_reauth', reason: 'rotation_lost' } })
    expect(snapshot.keptAnswers).toHaveLength(1)
    expect(snapshot.story.length).toBe(before.length + 1)
    describeAs(snapshot, '00000000deadbeef')
    const definition = '00000000deadbeef'
    const read = { ...minted('token-4'), definition, ageMs: 2 * HOUR - 60_000 }
    applyMint(snapshot, read, READ_KEPT, at(T0 + 2 * HOUR))
    expect(snapshot).toMatchObject({
      health: { kind: 'active' },
      generation: 4,
      grant: 'grant of token-4',
    })
    expect(snapshot.keptAnswers).toBeUndefined()
    // Its lifetime counts from when it was asked for: it is refreshed at once.
    expect(state.due(T0 + 2 * HOUR).now).toMatchObject({ work: 'mint' })
  })

  test.each(['a changed definition', 'an operator'])(
    'without a grace window the grant is held back to its hard limit, and %s reads at once',
    (who) => {
      const snapshot = activeSnapshot()
      snapshot.facts = { ...FACTS, policy: { ...FACTS.policy, graceWindowMs: 0 } }
      applyMint(snapshot, unread(1), 'soft', at(T0))
      const state = new TokenState(snapshot)
      const held = state.due(T0 + 1000)
      expect(held.now).toBeUndefined()
      if (who === 'an operator') state.command('refresh', T0 + 1000)
      else describeAs(snapshot, 'fedcba9876543210')
      expect(state.due(T0 + 1000).now).toEqual({ work: 'mint', cause: READ_KEPT })
      const definition = snapshot.facts.fingerprint
      const inVain = { ...failed('invalid_grant', 'kept_unread'), definition }
      applyMint(snapshot, inVain, READ_KEPT, at(T0 + 1000))
      expect(state.due(T0 + 2000)).toEqual(held)
    },
  )

  test('an operator asks for it to be read; the same definition does not read it again by itself', () => {
    const snapshot = activeSnapshot()
    applyMint(snapshot, unread(1), 'soft', at(T0))
    expect(keptInput(snapshot, OLD, false)).toEqual({})
    applyMint(snapshot, failed('invalid_grant', 'invalid_grant'), 'retry', at(T0 + HOUR))
    const state = new TokenState(snapshot)
    state.due(T0 + 2 * HOUR)
    state.command('refresh', T0 + 2 * HOUR)
    expect(state.due(T0 + 2 * HOUR).now).toEqual({ work: 'mint', cause: READ_KEPT })
  })

  test.each([
    ['no grace window: not sent again, and what to do is told', 0, true],
    ['a grace window: tried again', 30_000, false],
    ['a grace window that nobody knows: tried again', undefined, false],
  ])('to a new credential, of a provider with %s', (_name, graceWindowMs, ends) => {
    const snapshot = activeSnapshot()
    const { graceWindowMs: _any, ...policy } = FACTS.policy
    const grace = graceWindowMs === undefined ? {} : { graceWindowMs }
    snapshot.facts = { ...FACTS, policy: { ...policy, ...grace } }
    const rotation: Rotation = {
      id: 'r',
      as: 'connect',
      source: { sealed: 's' as Sealed },
      tries: 0,
      prior: 'clean',
      grant: 'new' as Sealed,
    }
    snapshot.rotations = [rotation]
    const end = applyRotationMint(snapshot, rotation, unread(1), at(T0))
    expect(snapshot.keptAnswers).toMatchObject([{ grant: 'new', rotation: { tries: 0 } }])
    expect(snapshot.rotations).toHaveLength(ends ? 0 : 1)
    if (ends)
      expect(end).toMatchObject({
        ok: false,
        message: expect.stringMatching(/answer is kept/) as string,
      })
    else expect(end).toBeUndefined()
    describeAs(snapshot, 'fedcba9876543210')
    const next = new TokenState(snapshot).due(T0 + HOUR).now
    expect(next).toMatchObject({ work: 'mint-rotation', rotation: ends ? { onlyKept: true } : {} })
    expect(keptInput(snapshot, 'new' as Sealed, ends).kept).toEqual(['answer-1'])
  })

  test('a successor of the grant or a revocation makes it useless', () => {
    const refreshed = activeSnapshot()
    applyMint(refreshed, unread(1), 'soft', at(T0))
    applyMint(refreshed, minted('token-4'), 'retry', at(T0 + 1000))
    expect(refreshed.keptAnswers).toBeUndefined()
    const revoked = activeSnapshot()
    applyMint(revoked, unread(1), 'soft', at(T0))
    new TokenState(revoked).command('revoke', T0)
    expect(revoked.keptAnswers).toBeUndefined()
  })
})

describe('lifetimes', () => {
  test('one that a retry after an ambiguous try brings counts from the first try', () => {
    const snapshot = activeSnapshot()
    applyMint(snapshot, failed('ambiguous', 'TIMEOUT'), 'soft', at(T0))
    applyMint(snapshot, failed('not_sent', 'ECONNREFUSED'), 'retry', at(T0 + 20_000))
    applyMint(snapshot, minted('token-4'), 'retry', {
      ...at(T0 + 40_000),
      scheduledAtMs: T0 + 40_000,
    })
    expect(snapshot.token?.expiresAtMs).toBe(T0 + HOUR)
    expect(snapshot.openSinceMs).toBeUndefined()
  })

  test('a token that is dead on arrival is refreshed again at once', () => {
    const snapshot = activeSnapshot()
    applyMint(snapshot, failed('ambiguous', 'TIMEOUT'), 'soft', at(T0))
    applyMint(snapshot, { ...minted('token-4'), lifetimeMs: 10_000 }, 'retry', at(T0 + 40_000))
    expect(new TokenState(snapshot).due(T0 + 40_000).now).toMatchObject({ work: 'mint' })
    expect(snapshot.prior).toBe('clean')
  })

  test('nearly nothing: degraded with the reason, served, asked for with growing pauses', () => {
    const snapshot = activeSnapshot()
    const { lifetimeMs: _none, ...rest } = minted('token-4')
    const pauses = []
    for (let n = 0; n < 12; n += 1) {
      applyMint(snapshot, { ...rest, lifetimeNote: 'too_short' }, 'soft', at(T0))
      pauses.push((snapshot.retryAtMs ?? 0) - T0)
    }
    expect(pauses[0]).toBeGreaterThanOrEqual(500)
    expect(pauses.at(-1)).toBeGreaterThanOrEqual(150_000)
    const state = new TokenState(snapshot)
    expect(state.status(T0)).toMatchObject({
      status: 'degraded',
      failure: { code: 'lifetime_too_short', count: 12 },
    })
    expect(state.currentLease(T0)).toMatchObject({ outcome: 'granted' })
    expect(snapshot.story.filter(({ event }) => event === 'warning')).toHaveLength(1)
    applyMint(snapshot, minted('token-5'), 'soft', at(T0))
    expect(state.status(T0)).toMatchObject({ status: 'active' })
  })

  test('one that none can be: the token is served as one of unknown life, and it is told once', () => {
    const snapshot = activeSnapshot()
    delete snapshot.token
    const { lifetimeMs: _none, ...rest } = minted('token-4')
    for (let n = 0; n < 3; n += 1)
      applyMint(snapshot, { ...rest, lifetimeNote: 'implausible' }, 'soft', at(T0))
    const state = new TokenState(snapshot)
    expect(snapshot.token).not.toHaveProperty('expiresAtMs')
    expect(state.currentLease(T0)).toMatchObject({ outcome: 'granted' })
    const told = snapshot.story.filter(({ event }) => event === 'warning')
    expect(told).toHaveLength(1)
    expect(JSON.stringify(told)).toContain('lifetime_implausible')
    applyMint(snapshot, minted('token-5'), 'soft', at(T0))
    expect(snapshot).not.toHaveProperty('lifetimeNote')
  })
})
