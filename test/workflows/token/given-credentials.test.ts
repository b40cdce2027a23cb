import { describe, expect, it } from 'vitest'
import type { PrepareResult } from '../../../src/contract/token-activities.js'
import type { Sealed } from '../../../src/contract/sealed.js'
import { toCarried } from '../../../workflows/token/carried.js'
import { MAX_GIVEN } from '../../../workflows/token/parts/given-credentials.js'
import type { MarkedCredential } from '../../../workflows/token/parts/grant.js'
import { applyPrepared } from '../../../workflows/token/prepared-credential.js'
import { revokeConnection } from '../../../workflows/token/revocation.js'
import { applyRotationMint } from '../../../workflows/token/rotation.js'
import { applyMint } from '../../../workflows/token/token-results.js'
import type { Rotation } from '../../../workflows/token/parts/rotations.js'
import type { TokenParts } from '../../../workflows/token/token-parts.js'
import { activeParts, at, FACTS, healthOf, minted, STATIC_FACTS, T0 } from './token-fixtures.js'
import { withVerdict } from '../../../workflows/token/parts/health.js'

const rotation: Rotation = {
  id: 'r',
  as: 'connect',
  source: { sealed: 's' as Sealed },
  tries: 0,
  prior: 'clean',
}
const prepared = (mark: string, more: object = {}): PrepareResult => ({
  outcome: 'prepared',
  grant: `grant of ${mark}` as Sealed,
  grantFingerprint: 'f',
  mark,
  ...more,
})
const given = (more: Partial<MarkedCredential> = {}): MarkedCredential => ({
  mark: 'A',
  atMs: T0,
  ...more,
})

function give(parts: TokenParts, mark: string, rotated = false) {
  parts.rotations = [rotation]
  const end = applyPrepared(parts, rotation, prepared(mark), T0)
  const [next] = parts.rotations
  if (end !== undefined || next === undefined) return end
  const answer = { ...minted(`t ${mark}`), rotated: rotated ? (true as const) : undefined }
  return applyRotationMint(parts, next, answer, at(T0))
}

describe('a credential that was given before', () => {
  const current = given({ current: true })
  const dead = { health: healthOf('needs_reauth') }
  const verdict = { kind: 'needs_reauth', reason: 'revoked', code: 'invalid_grant' } as const
  const dying = { health: withVerdict(healthOf('degraded'), verdict) }
  it.each<[string, Partial<TokenParts>, MarkedCredential, boolean, object | undefined]>([
    ['works', {}, current, true, { outcome: 'done', unchanged: true }],
    ['works, spent', {}, { ...current, spent: true }, true, { outcome: 'done', unchanged: true }],
    ['works, a key', {}, current, false, { outcome: 'done', unchanged: true }],
    [
      'is degraded',
      { health: healthOf('degraded') },
      current,
      true,
      { outcome: 'done', unchanged: true },
    ],
    [
      'is paused',
      { health: healthOf('active', undefined, true) },
      current,
      true,
      { outcome: 'done', unchanged: true },
    ],
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
    const parts = Object.assign(activeParts(consumes ? FACTS : STATIC_FACTS), state)
    parts.grant = { ...parts.grant, given: [before] }
    parts.rotations = [rotation]
    const end = applyPrepared(parts, rotation, prepared('A'), T0)
    if (wanted === undefined) {
      expect(end).toBeUndefined()
      expect(parts.rotations[0]?.grant).toBe('grant of A')
      return
    }
    expect(end).toMatchObject(wanted)
    expect(parts.rotations).toEqual([])
    expect(parts.grant.sealed).toBe('grant-3')
    if (end?.outcome === 'refused')
      expect(end.message).toContain('was connected with this credential already')
  })

  it('is remembered as used up by its own exchange, by a refresh, and when it was refused in the end', () => {
    const parts = activeParts()
    expect(give(parts, 'A')).toEqual({ outcome: 'done' })
    expect(parts.grant.given).toEqual([{ mark: 'A', atMs: T0, current: true }])
    applyMint(parts, { ...minted('t'), rotated: true }, 'soft', at(T0))
    expect(parts.grant.given).toEqual([{ mark: 'A', atMs: T0, current: true, spent: true }])
    expect(give(parts, 'B', true)).toEqual({ outcome: 'done' })
    expect(parts.grant.given).toEqual([
      { mark: 'A', atMs: T0, spent: true },
      { mark: 'B', atMs: T0, current: true, spent: true },
    ])
    parts.rotations = [rotation]
    applyPrepared(parts, rotation, prepared('C'), T0)
    const other = { ...minted('t'), rotated: true as const, account: { mark: 'm', same: false } }
    expect(applyRotationMint(parts, parts.rotations[0] ?? rotation, other, at(T0))).toMatchObject({
      outcome: 'refused',
    })
    expect(give(parts, 'C')).toMatchObject({ outcome: 'refused', code: 'CredentialSpent' })
    expect(give(parts, 'B')).toMatchObject({ outcome: 'done', unchanged: true })
  })

  it('is forgotten by a revocation, and by a new mark key', () => {
    const parts = activeParts()
    give(parts, 'A')
    parts.rotations = [rotation]
    const anew = prepared('A2', { markKey: 'k2', marksAnew: true })
    expect(applyPrepared(parts, rotation, anew, T0)).toBeUndefined()
    expect([parts.grant.given, parts.grant.markKey]).toEqual([undefined, 'k2'])
    give(parts, 'A2')
    revokeConnection(parts, T0, { atProvider: false })
    expect([parts.grant.given, parts.grant.markKey]).toEqual([undefined, undefined])
  })

  it('is carried on, and no more than a few are', () => {
    const parts = activeParts()
    for (let index = 0; index < 3 * MAX_GIVEN; index += 1) give(parts, `M${String(index)}`, true)
    const carried = JSON.parse(JSON.stringify(toCarried(parts, T0))) as TokenParts
    expect(carried.grant.given).toHaveLength(MAX_GIVEN)
    expect(carried.grant.given?.at(-1)).toMatchObject({
      mark: `M${String(3 * MAX_GIVEN - 1)}`,
      current: true,
    })
    expect(give(carried, `M${String(3 * MAX_GIVEN - 1)}`)).toMatchObject({ unchanged: true })
    expect(carried.grant.given?.filter(({ current: is }) => is === true)).toHaveLength(1)
  })
})
