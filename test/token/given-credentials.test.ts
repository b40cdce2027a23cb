import { describe, expect, it } from 'vitest'
import type { PrepareResult } from '../../src/contract/token-activities.js'
import type { Sealed } from '../../src/contract/sealed.js'
import { toCarried } from '../../workflows/token/carried.js'
import { type GivenCredential, MAX_GIVEN } from '../../workflows/token/given-credentials.js'
import { applyPrepared } from '../../workflows/token/prepared-credential.js'
import { revoke } from '../../workflows/token/revocation.js'
import { applyRotationMint } from '../../workflows/token/rotation.js'
import { applyMint } from '../../workflows/token/token-results.js'
import type { Rotation, TokenSnapshot } from '../../workflows/token/token-snapshot.js'
import { activeSnapshot, at, FACTS, healthOf, minted, STATIC_FACTS, T0 } from './token-fixtures.js'
import { withVerdict } from '../../workflows/token/parts/health.js'

const rotation: Rotation = {
  id: 'r',
  as: 'connect',
  source: { sealed: 's' as Sealed },
  tries: 0,
  prior: 'clean',
}
const prepared = (mark: string, more: object = {}): PrepareResult => ({
  ok: true,
  grant: `grant of ${mark}` as Sealed,
  grantFingerprint: 'f',
  mark,
  ...more,
})
const given = (more: Partial<GivenCredential> = {}): GivenCredential => ({
  mark: 'A',
  atMs: T0,
  ...more,
})

function give(snapshot: TokenSnapshot, mark: string, rotated = false) {
  snapshot.rotations = [rotation]
  const end = applyPrepared(snapshot, rotation, prepared(mark), T0)
  const [next] = snapshot.rotations
  if (end !== undefined || next === undefined) return end
  const answer = { ...minted(`t ${mark}`), ...(rotated ? { rotated: true as const } : {}) }
  return applyRotationMint(snapshot, next, answer, at(T0))
}

describe('a credential that was given before', () => {
  const current = given({ current: true })
  const dead = { health: healthOf('needs_reauth') }
  const verdict = { kind: 'needs_reauth', reason: 'revoked', code: 'invalid_grant' } as const
  const dying = { health: withVerdict(healthOf('degraded'), verdict) }
  it.each<[string, Partial<TokenSnapshot>, GivenCredential, boolean, object | undefined]>([
    ['works', {}, current, true, { ok: true, unchanged: true }],
    ['works, spent', {}, { ...current, spent: true }, true, { ok: true, unchanged: true }],
    ['works, a key', {}, current, false, { ok: true, unchanged: true }],
    ['is degraded', { health: healthOf('degraded') }, current, true, { ok: true, unchanged: true }],
    ['is paused', { health: healthOf('active', undefined, true) }, current, true, { ok: true, unchanged: true }],
    ['has ended', dead, current, true, { code: 'CredentialSpent' }],
    [
      'was rolled back',
      { health: healthOf('needs_reauth', 'rolled_back') },
      current,
      true,
      { code: 'CredentialSpent' },
    ],
    ['is about to end', dying, current, true, { code: 'CredentialSpent' }],
    ['is misconfigured', { health: healthOf('misconfigured') }, current, true, { code: 'Refused' }],
    ['is rejected', { health: healthOf('rejected') }, current, true, { code: 'Refused' }],
    ['is rejected, a key', { health: healthOf('rejected') }, current, false, undefined],
    ['was replaced, used up', {}, given({ spent: true }), true, { code: 'CredentialSpent' }],
    ['was replaced, not used up', {}, given(), true, undefined],
    ['was replaced, a key', {}, given({ spent: true }), false, undefined],
  ])('%s', (_name, state, before, consumes, wanted) => {
    const snapshot = Object.assign(activeSnapshot(consumes ? FACTS : STATIC_FACTS), state)
    snapshot.given = [before]
    snapshot.rotations = [rotation]
    const end = applyPrepared(snapshot, rotation, prepared('A'), T0)
    if (wanted === undefined) {
      expect(end).toBeUndefined()
      expect(snapshot.rotations[0]?.grant).toBe('grant of A')
      return
    }
    expect(end).toMatchObject(wanted)
    expect(snapshot.rotations).toEqual([])
    expect(snapshot.grant).toBe('grant-3')
    if (end?.ok === false)
      expect(end.message).toContain('was connected with this credential already')
  })

  it('is remembered as used up by its own exchange, by a refresh, and when it was refused in the end', () => {
    const snapshot = activeSnapshot()
    expect(give(snapshot, 'A')).toEqual({ ok: true })
    expect(snapshot.given).toEqual([{ mark: 'A', atMs: T0, current: true }])
    applyMint(snapshot, { ...minted('t'), rotated: true }, 'soft', at(T0))
    expect(snapshot.given).toEqual([{ mark: 'A', atMs: T0, current: true, spent: true }])
    expect(give(snapshot, 'B', true)).toEqual({ ok: true })
    expect(snapshot.given).toEqual([
      { mark: 'A', atMs: T0, spent: true },
      { mark: 'B', atMs: T0, current: true, spent: true },
    ])
    snapshot.rotations = [rotation]
    applyPrepared(snapshot, rotation, prepared('C'), T0)
    const other = { ...minted('t'), rotated: true as const, account: { mark: 'm', same: false } }
    expect(
      applyRotationMint(snapshot, snapshot.rotations[0] ?? rotation, other, at(T0)),
    ).toMatchObject({ ok: false })
    expect(give(snapshot, 'C')).toMatchObject({ ok: false, code: 'CredentialSpent' })
    expect(give(snapshot, 'B')).toMatchObject({ ok: true, unchanged: true })
  })

  it('is forgotten by a revocation, and by a new mark key', () => {
    const snapshot = activeSnapshot()
    give(snapshot, 'A')
    snapshot.rotations = [rotation]
    const anew = prepared('A2', { markKey: 'k2', marksAnew: true })
    expect(applyPrepared(snapshot, rotation, anew, T0)).toBeUndefined()
    expect([snapshot.given, snapshot.markKey]).toEqual([undefined, 'k2'])
    give(snapshot, 'A2')
    revoke(snapshot, T0, false)
    expect([snapshot.given, snapshot.markKey]).toEqual([undefined, undefined])
  })

  it('is carried on, and no more than a few are', () => {
    const snapshot = activeSnapshot()
    for (let index = 0; index < 3 * MAX_GIVEN; index += 1) give(snapshot, `M${String(index)}`, true)
    const carried = JSON.parse(JSON.stringify(toCarried(snapshot, T0))) as TokenSnapshot
    expect(carried.given).toHaveLength(MAX_GIVEN)
    expect(carried.given?.at(-1)).toMatchObject({
      mark: `M${String(3 * MAX_GIVEN - 1)}`,
      current: true,
    })
    expect(give(carried, `M${String(3 * MAX_GIVEN - 1)}`)).toMatchObject({ unchanged: true })
    expect(carried.given?.filter(({ current: is }) => is === true)).toHaveLength(1)
  })
})
