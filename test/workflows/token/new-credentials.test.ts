import { describe, expect, it } from 'vitest'
import type { AccountMark, VerifyResult } from '../../../src/contract/token-activities.js'
import type { Sealed } from '../../../src/contract/sealed.js'
import { applyPrepared } from '../../../workflows/token/prepared-credential.js'
import { applyRotationMint, applyRotationVerdict } from '../../../workflows/token/rotation.js'
import type { Rotation } from '../../../workflows/token/parts/rotations.js'
import { startParts, type TokenParts } from '../../../workflows/token/token-parts.js'
import { OpenState } from './open-state.js'
import { activeParts, FACTS, healthOf, HOUR, STATIC_FACTS, T0 } from './token-fixtures.js'

const at = (nowMs: number) => ({ scheduledAtMs: nowMs, nowMs, random: 0.5 })
const AUTHORIZATION = {
  sealed: 'code' as Sealed,
  authorization: { sealedVerifier: 'v' as Sealed, redirectUri: 'https://app.example/cb' },
}
const MARK = 'verify:user.id 0123456789abcdef 0123456789abcdef'
const mark = (same?: boolean): AccountMark => ({
  mark: MARK.replace(/f$/, 'e'),
  same,
})

function rotationOf(more: Partial<Rotation> = {}): Rotation {
  return {
    id: 'r',
    as: 'connect',
    source: { sealed: 's' as Sealed },
    tries: 0,
    prior: 'clean',
    ...more,
  }
}

/** Brings a new credential up to its verdict. */
function upToVerdict(
  parts: TokenParts,
  source: Rotation['source'] = { sealed: 's' as Sealed },
  minted: { account?: AccountMark; missingScope?: string; warnings?: string[] } = {},
): Rotation {
  parts.rotations = [rotationOf({ source })]
  const prepared = {
    outcome: 'prepared',
    grant: 'g' as Sealed,
    grantFingerprint: 'f',
    runId: 'run',
  } as const
  applyPrepared(parts, rotationOf({ source }), prepared, T0)
  const end = applyRotationMint(
    parts,
    parts.rotations[0] ?? rotationOf(),
    {
      runId: 'run',
      outcome: 'minted',
      token: 'token-4' as Sealed,
      grant: 'grant-4' as Sealed,
      grantFingerprint: 'f',
      sentAtMs: T0,
      answeredAtMs: T0,
      lifetimeMs: HOUR,
      definition: FACTS.fingerprint,
      ...minted,
    },
    at(T0),
  )
  expect(end).toBeUndefined()
  return parts.rotations[0] ?? rotationOf()
}

const verified = { ...FACTS, hasVerify: true }
const verifiedStatic = { ...STATIC_FACTS, hasVerify: true }
const trouble = (again: boolean): VerifyResult => ({
  outcome: 'unknown',
  code: 'UpstreamUnavailable',
  message: 'the provider is out of order',
  again,
})

describe('a connector that has to be described, where a new credential is there', () => {
  const dueOf = (state: OpenState) => state.due(T0).now?.kind
  const pending = () => new OpenState(startParts('shop/acme', T0))

  it('is described by the activity that prepares it', () => {
    const state = pending()
    expect(dueOf(state)).toBe('describe')
    expect(state.addRotation(rotationOf(), T0)).toBeUndefined()
    expect(dueOf(state)).toBe('prepare')
  })

  it('is described first where the provider is to be told of the end of another one, or it is prepared already', () => {
    const revoked = pending()
    revoked.parts.revocation = { pending: { tries: 0 } }
    revoked.addRotation(rotationOf(), T0)
    expect(dueOf(revoked)).toBe('describe')
    const prepared = pending()
    prepared.addRotation(rotationOf({ grant: 'g' as Sealed }), T0)
    expect(dueOf(prepared)).toBe('describe')
  })
})

describe('a new credential that the verify endpoint says nothing of', () => {
  it('is asked about again where that may help, three times in all', () => {
    const parts = activeParts(verifiedStatic)
    let rotation = upToVerdict(parts)
    for (let tries = 0; tries < 2; tries += 1) {
      expect(applyRotationVerdict(parts, rotation, trouble(true), at(T0))).toBeUndefined()
      rotation = parts.rotations[0] ?? rotation
      expect(rotation.retryAtMs).toBeGreaterThan(T0)
    }
    const end = applyRotationVerdict(parts, rotation, trouble(true), at(T0))
    expect(end).toMatchObject({ outcome: 'refused', code: 'UpstreamUnavailable' })
    expect(parts.token.held?.sealed).toBe('token-3')
  })

  it('is not taken in unseen where it can be given again, not even as the first one', () => {
    const parts = activeParts(verifiedStatic)
    parts.token = { ...parts.token, held: undefined }
    parts.grant = { ...parts.grant, sealed: undefined }
    parts.health = healthOf('pending')
    const end = applyRotationVerdict(parts, upToVerdict(parts), trouble(false), at(T0))
    expect(end).toMatchObject({ outcome: 'refused', message: 'the provider is out of order' })
    expect(parts.health.kind).toBe('pending')
  })

  it.each([
    ['may have used up its grant', FACTS.consumesGrant, { sealed: 's' as Sealed }],
    ['came by a code', false, AUTHORIZATION],
  ])('is taken in with a warning where it %s', (_name, consumesGrant, source) => {
    const state = new OpenState(activeParts({ ...verified, consumesGrant }))
    const rotation = upToVerdict(state.parts, source, { warnings: ['no refresh token came'] })
    const end = applyRotationVerdict(state.parts, rotation, trouble(false), at(T0))
    expect(end).toEqual({ outcome: 'done' })
    expect(state.parts.token.held?.sealed).toBe('token-4')
    const { warnings } = state.status(T0)
    expect(warnings).toEqual(['no refresh token came', 'the provider is out of order'])
  })

  it('is not taken in where its account can not be compared with the one before', () => {
    const parts = activeParts(verified)
    parts.grant = { ...parts.grant, account: { marks: [MARK] } }
    const unknown = upToVerdict(parts, AUTHORIZATION)
    expect(applyRotationVerdict(parts, unknown, trouble(false), at(T0))).toMatchObject({
      outcome: 'refused',
    })
    const same = upToVerdict(parts, AUTHORIZATION, { account: mark(true) })
    expect(applyRotationVerdict(parts, same, trouble(false), at(T0))).toEqual({ outcome: 'done' })
  })
})

describe('a new credential of another account', () => {
  it.each(['token answer', 'verify endpoint'])('is refused by the word of the %s', (by) => {
    const parts = activeParts(verified)
    parts.grant = { ...parts.grant, account: { marks: [MARK], name: 'Acme' } }
    parts.rotations = [rotationOf({ grant: 'g' as Sealed })]
    if (by === 'verify endpoint') {
      const verdict = { outcome: 'accepted', account: mark(false) } as const
      const end = applyRotationVerdict(parts, upToVerdict(parts), verdict, at(T0))
      expect(end).toMatchObject({ outcome: 'refused', code: 'OtherAccount' })
    } else
      expect(() =>
        upToVerdict(parts, { sealed: 's' as Sealed }, { account: mark(false) }),
      ).toThrow()
    expect(parts.token.held?.sealed).toBe('token-3')
    expect(parts.grant.account).toEqual({ marks: [MARK], name: 'Acme' })
    expect(parts.rotations).toEqual([])
    expect(parts.story.events.at(-1)).toMatchObject({
      event: 'rotation_refused',
      code: 'OtherAccount',
    })
  })

  it('is taken in where that is allowed, and nothing of the account before is kept', () => {
    const parts = activeParts(verified)
    parts.grant = {
      ...parts.grant,
      account: { marks: [MARK, 'token:x 0123456789abcdef 0123456789abcdef'], name: 'Acme' },
    }
    const source = { sealed: 's' as Sealed, allowOtherAccount: true }
    const verdict = { outcome: 'accepted', account: mark(false) } as const
    expect(applyRotationVerdict(parts, upToVerdict(parts, source), verdict, at(T0))).toEqual({
      outcome: 'done',
    })
    expect(parts.grant.account).toEqual({ marks: [mark().mark] })
  })
})

describe('what was granted', () => {
  it('is in the status: scope that is missing, warnings, the name of the account', () => {
    const state = new OpenState(activeParts(verified))
    const rotation = upToVerdict(state.parts, AUTHORIZATION, { missingScope: 'orders' })
    const verdict = { outcome: 'accepted', account: mark(), name: 'Acme' } as const
    applyRotationVerdict(state.parts, rotation, verdict, at(T0))
    const status = state.status(T0)
    expect(status).toMatchObject({ missingScope: 'orders', account: { name: 'Acme' } })
    expect(status.warnings?.[0]).toContain('was not granted orders')
  })
})

describe('a code', () => {
  it.each(['ambiguous', 'server_error', 'firewall'] as const)(
    'is exchanged once: %s is the end of it',
    (failure) => {
      const parts = activeParts()
      const rotation = rotationOf({ source: AUTHORIZATION, grant: 'g' as Sealed })
      parts.rotations = [rotation]
      const end = applyRotationMint(
        parts,
        rotation,
        {
          runId: 'run',
          outcome: 'failed',
          class: failure,
          code: 'x',
          message: 'm',
          definition: 'd',
        },
        at(T0),
      )
      expect(end).toMatchObject({ outcome: 'refused' })
      expect(parts.rotations).toEqual([])
    },
  )

  it('that was not sent is tried again', () => {
    const parts = activeParts()
    const rotation = rotationOf({ source: AUTHORIZATION, grant: 'g' as Sealed })
    parts.rotations = [rotation]
    const failed = { class: 'not_sent', code: 'x', message: 'm', definition: 'd' } as const
    const result = { runId: 'run', outcome: 'failed', ...failed } as const
    expect(applyRotationMint(parts, rotation, result, at(T0))).toBeUndefined()
    expect(parts.rotations[0]).toMatchObject({ tries: 1, prior: 'clean' })
  })
})

describe('a revocation', () => {
  it('forgets at once what flows could use, and the rest when the provider has been told', () => {
    const state = new OpenState(activeParts())
    state.parts.grant = { ...state.parts.grant, account: { marks: [MARK], name: 'Acme' } }
    state.command('revoke', T0)
    expect(state.parts.token.held).toBeUndefined()
    expect(state.parts.grant.account).toBeUndefined()
    expect(state.due(T0).now).toMatchObject({
      kind: 'revoke',
      revocation: { grant: 'grant-3', token: 'token-3' },
    })
    expect(state.status(T0)).toMatchObject({
      status: 'revoked',
      revocation: { outcome: 'pending' },
    })
  })

  it('is told before a new credential is tried', () => {
    const state = new OpenState(activeParts())
    state.command('revoke', T0)
    state.addRotation(rotationOf(), T0)
    expect(state.due(T0).now?.kind).toBe('revoke')
  })

  it('of a connection without credential has nothing to tell', () => {
    const parts = activeParts()
    parts.grant = { ...parts.grant, sealed: undefined }
    parts.token = { ...parts.token, held: undefined }
    const state = new OpenState(parts)
    state.command('revoke', T0)
    expect(state.due(T0).now).toBeUndefined()
    expect(state.status(T0).revocation).toBeUndefined()
  })
})
