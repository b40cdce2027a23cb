import { describe, expect, test } from 'vitest'
import type { Sealed } from '../../../src/contract/sealed.js'
import { READ_KEPT } from '../../../workflows/token/kept-answers.js'
import { keptInput } from '../../../workflows/token/parts/kept-answers.js'
import { applyDescription, applyMint } from '../../../workflows/token/token-results.js'
import { applyRotationMint } from '../../../workflows/token/rotation.js'
import type { Rotation } from '../../../workflows/token/parts/rotations.js'
import type { TokenParts } from '../../../workflows/token/token-parts.js'
import { OpenState } from './open-state.js'
import { activeParts, at, FACTS, failed, HOUR, minted, T0 } from './token-fixtures.js'

const unread = (n: number) => ({
  ...failed('ambiguous', 'unreadable_answer'),
  kept: `answer-${String(n)}` as Sealed,
})
const describeAs = (parts: TokenParts, fingerprint: string) => {
  const facts = { ...FACTS, fingerprint }
  applyDescription(parts, { outcome: 'known', facts, searchAttributes: [] }, T0)
}
const OLD = 'grant-3' as Sealed

describe('an answer that nobody could read', () => {
  test('is kept before the grant is tried again, told, and bounded', () => {
    const parts = activeParts()
    for (const n of [1, 2, 3, 4, 5]) applyMint(parts, unread(n), 'soft', at(T0))
    expect(parts.grant.keptAnswers?.map(({ sealed }) => sealed)).toEqual([
      'answer-1',
      'answer-4',
      'answer-5',
    ])
    expect(parts.story.events.filter(({ event }) => event === 'answer_kept')).toHaveLength(5)
    const status = new OpenState(parts).status(T0)
    expect(status.keptAnswers).toBe(3)
    expect(status.warnings?.join()).toMatch(/kept, sealed.*answer rules.*tokenkeeper.refresh/)
  })

  test('a dead grant is not the end: another definition reads what is kept, and sends nothing', () => {
    const parts = activeParts()
    applyMint(parts, unread(1), 'soft', at(T0))
    applyMint(parts, failed('invalid_grant', 'invalid_grant'), 'retry', at(T0 + HOUR))
    const state = new OpenState(parts)
    expect(state.due(T0 + 2 * HOUR).now).toBeUndefined()
    expect(parts).toMatchObject({ health: { kind: 'needs_reauth', reason: 'rotation_lost' } })
    describeAs(parts, 'fedcba9876543210')
    expect(state.due(T0 + 2 * HOUR).now).toEqual({ kind: 'mint', cause: READ_KEPT })
    expect(keptInput(parts.grant, OLD, { onlyKept: true, definition: undefined })).toEqual({
      kept: ['answer-1'],
      onlyKept: true,
    })
    const { story: before } = structuredClone(parts)
    applyMint(parts, failed('invalid_grant', 'kept_unread'), READ_KEPT, at(T0 + 2 * HOUR))
    expect(parts).toMatchObject({ health: { kind: 'needs_reauth', reason: 'rotation_lost' } })
    expect(parts.grant.keptAnswers).toHaveLength(1)
    expect(parts.story.events.length).toBe(before.events.length + 1)
    describeAs(parts, '00000000deadbeef')
    const definition = '00000000deadbeef'
    const read = { ...minted('token-4'), definition, ageMs: 2 * HOUR - 60_000 }
    applyMint(parts, read, READ_KEPT, at(T0 + 2 * HOUR))
    expect(parts).toMatchObject({
      health: { kind: 'active' },
      token: { generation: 4 },
      grant: { sealed: 'grant of token-4' },
    })
    expect(parts.grant.keptAnswers).toBeUndefined()
    // Its lifetime counts from when it was asked for: it is refreshed at once.
    expect(state.due(T0 + 2 * HOUR).now).toMatchObject({ kind: 'mint' })
  })

  test.each(['a changed definition', 'an operator'])(
    'without a grace window the grant is held back to its hard limit, and %s reads at once',
    (who) => {
      const parts = activeParts()
      parts.definition = {
        ...parts.definition,
        facts: { ...FACTS, policy: { ...FACTS.policy, graceWindowMs: 0 } },
      }
      applyMint(parts, unread(1), 'soft', at(T0))
      const state = new OpenState(parts)
      const held = state.due(T0 + 1000)
      expect(held.now).toBeUndefined()
      if (who === 'an operator') state.command('refresh', T0 + 1000)
      else describeAs(parts, 'fedcba9876543210')
      expect(state.due(T0 + 1000).now).toEqual({ kind: 'mint', cause: READ_KEPT })
      const definition = parts.definition.facts?.fingerprint ?? ''
      const inVain = { ...failed('invalid_grant', 'kept_unread'), definition }
      applyMint(parts, inVain, READ_KEPT, at(T0 + 1000))
      expect(state.due(T0 + 2000)).toEqual(held)
    },
  )

  test('an operator asks for it to be read; the same definition does not read it again by itself', () => {
    const parts = activeParts()
    applyMint(parts, unread(1), 'soft', at(T0))
    expect(keptInput(parts.grant, OLD, { onlyKept: false, definition: FACTS.fingerprint })).toEqual(
      {},
    )
    applyMint(parts, failed('invalid_grant', 'invalid_grant'), 'retry', at(T0 + HOUR))
    const state = new OpenState(parts)
    state.due(T0 + 2 * HOUR)
    state.command('refresh', T0 + 2 * HOUR)
    expect(state.due(T0 + 2 * HOUR).now).toEqual({ kind: 'mint', cause: READ_KEPT })
  })

  test.each([
    ['no grace window: not sent again, and what to do is told', 0, true],
    ['a grace window: tried again', 30_000, false],
    ['a grace window that nobody knows: tried again', undefined, false],
  ])('to a new credential, of a provider with %s', (_name, graceWindowMs, ends) => {
    const parts = activeParts()
    const { graceWindowMs: _any, ...policy } = FACTS.policy
    const grace = graceWindowMs === undefined ? {} : { graceWindowMs }
    parts.definition = { ...parts.definition, facts: { ...FACTS, policy: { ...policy, ...grace } } }
    const rotation: Rotation = {
      id: 'r',
      as: 'connect',
      source: { sealed: 's' as Sealed },
      tries: 0,
      prior: 'clean',
      grant: 'new' as Sealed,
    }
    parts.rotations = [rotation]
    const end = applyRotationMint(parts, rotation, unread(1), at(T0))
    expect(parts.grant.keptAnswers).toMatchObject([{ grant: 'new', rotation: { tries: 0 } }])
    expect(parts.rotations).toHaveLength(ends ? 0 : 1)
    if (ends)
      expect(end).toMatchObject({
        outcome: 'refused',
        message: expect.stringMatching(/answer is kept/) as string,
      })
    else expect(end).toBeUndefined()
    describeAs(parts, 'fedcba9876543210')
    const next = new OpenState(parts).due(T0 + HOUR).now
    expect(next).toMatchObject({ kind: 'mint-rotation', rotation: ends ? { onlyKept: true } : {} })
    const definition = parts.definition.facts?.fingerprint
    const input = keptInput(parts.grant, 'new' as Sealed, { onlyKept: ends, definition })
    expect(input.kept).toEqual(['answer-1'])
  })

  test('a successor of the grant or a revocation makes it useless', () => {
    const refreshed = activeParts()
    applyMint(refreshed, unread(1), 'soft', at(T0))
    applyMint(refreshed, minted('token-4'), 'retry', at(T0 + 1000))
    expect(refreshed.grant.keptAnswers).toBeUndefined()
    const revoked = activeParts()
    applyMint(revoked, unread(1), 'soft', at(T0))
    new OpenState(revoked).command('revoke', T0)
    expect(revoked.grant.keptAnswers).toBeUndefined()
  })
})

describe('lifetimes', () => {
  test('one that a retry after an ambiguous try brings counts from the first try', () => {
    const parts = activeParts()
    applyMint(parts, failed('ambiguous', 'TIMEOUT'), 'soft', at(T0))
    applyMint(parts, failed('not_sent', 'ECONNREFUSED'), 'retry', at(T0 + 20_000))
    applyMint(parts, minted('token-4'), 'retry', {
      ...at(T0 + 40_000),
      scheduledAtMs: T0 + 40_000,
    })
    expect(parts.token.held?.expiresAtMs).toBe(T0 + HOUR)
    expect(parts.grant.openSinceMs).toBeUndefined()
  })

  test('a token that is dead on arrival is refreshed again at once', () => {
    const parts = activeParts()
    applyMint(parts, failed('ambiguous', 'TIMEOUT'), 'soft', at(T0))
    applyMint(parts, { ...minted('token-4'), lifetimeMs: 10_000 }, 'retry', at(T0 + 40_000))
    expect(new OpenState(parts).due(T0 + 40_000).now).toMatchObject({ kind: 'mint' })
    expect(parts.grant.prior).toBe('clean')
  })

  test('nearly nothing: degraded with the reason, served, asked for with growing pauses', () => {
    const parts = activeParts()
    const { lifetimeMs: _none, ...rest } = minted('token-4')
    const pauses = []
    for (let n = 0; n < 12; n += 1) {
      applyMint(parts, { ...rest, lifetimeNote: 'too_short' }, 'soft', at(T0))
      pauses.push((parts.refresh.retryAtMs ?? 0) - T0)
    }
    expect(pauses[0]).toBeGreaterThanOrEqual(500)
    expect(pauses.at(-1)).toBeGreaterThanOrEqual(150_000)
    const state = new OpenState(parts)
    expect(state.status(T0)).toMatchObject({
      status: 'degraded',
      failure: { code: 'lifetime_too_short', count: 12 },
    })
    expect(state.currentLease(T0)).toMatchObject({ outcome: 'granted' })
    expect(parts.story.events.filter(({ event }) => event === 'warning')).toHaveLength(1)
    applyMint(parts, minted('token-5'), 'soft', at(T0))
    expect(state.status(T0)).toMatchObject({ status: 'active' })
  })

  test('one that none can be: the token is served as one of unknown life, and it is told once', () => {
    const parts = activeParts()
    parts.token = { ...parts.token, held: undefined }
    const { lifetimeMs: _none, ...rest } = minted('token-4')
    for (let n = 0; n < 3; n += 1)
      applyMint(parts, { ...rest, lifetimeNote: 'implausible' }, 'soft', at(T0))
    const state = new OpenState(parts)
    expect(parts.token.held).not.toHaveProperty('expiresAtMs')
    expect(state.currentLease(T0)).toMatchObject({ outcome: 'granted' })
    const told = parts.story.events.filter(({ event }) => event === 'warning')
    expect(told).toHaveLength(1)
    expect(JSON.stringify(told)).toContain('lifetime_implausible')
    applyMint(parts, minted('token-5'), 'soft', at(T0))
    expect(parts.token.lifetimeNote).toBeUndefined()
  })
})
