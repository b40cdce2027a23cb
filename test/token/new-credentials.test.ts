import { describe, expect, it } from 'vitest'
import type { AccountMark, VerifyResult } from '../../src/contract/token-activities.js'
import type { Sealed } from '../../src/contract/sealed.js'
import { applyPrepared } from '../../workflows/token/prepared-credential.js'
import { applyRotationMint, applyRotationVerdict } from '../../workflows/token/rotation.js'
import type { Rotation, TokenSnapshot } from '../../workflows/token/token-snapshot.js'
import { TokenState } from '../../workflows/token/token-state.js'
import { activeSnapshot, FACTS, healthOf, HOUR, STATIC_FACTS, T0 } from './token-fixtures.js'

const at = (nowMs: number) => ({ scheduledAtMs: nowMs, nowMs, random: 0.5 })
const AUTHORIZATION = {
  sealed: 'code' as Sealed,
  authorization: { sealedVerifier: 'v' as Sealed, redirectUri: 'https://app.example/cb' },
}
const MARK = 'verify:user.id 0123456789abcdef 0123456789abcdef'
const mark = (same?: boolean): AccountMark => ({
  mark: MARK.replace(/f$/, 'e'),
  ...(same === undefined ? {} : { same }),
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
  snapshot: TokenSnapshot,
  source: Rotation['source'] = { sealed: 's' as Sealed },
  minted: { account?: AccountMark; missingScope?: string; warnings?: string[] } = {},
): Rotation {
  snapshot.rotations = [rotationOf({ source })]
  const prepared = { ok: true, grant: 'g' as Sealed, grantFingerprint: 'f', runId: 'run' } as const
  applyPrepared(snapshot, rotationOf({ source }), prepared, T0)
  const end = applyRotationMint(
    snapshot,
    snapshot.rotations[0] ?? rotationOf(),
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
  return snapshot.rotations[0] ?? rotationOf()
}

const verified = { ...FACTS, hasVerify: true }
const verifiedStatic = { ...STATIC_FACTS, hasVerify: true }
const trouble = (again: boolean): VerifyResult => ({
  verdict: 'unknown',
  code: 'UpstreamUnavailable',
  message: 'the provider is out of order',
  again,
})

describe('a new credential that the verify endpoint says nothing of', () => {
  it('is asked about again where that may help, three times in all', () => {
    const snapshot = activeSnapshot(verifiedStatic)
    let rotation = upToVerdict(snapshot)
    for (let tries = 0; tries < 2; tries += 1) {
      expect(applyRotationVerdict(snapshot, rotation, trouble(true), at(T0))).toBeUndefined()
      rotation = snapshot.rotations[0] ?? rotation
      expect(rotation.retryAtMs).toBeGreaterThan(T0)
    }
    const end = applyRotationVerdict(snapshot, rotation, trouble(true), at(T0))
    expect(end).toMatchObject({ ok: false, code: 'UpstreamUnavailable' })
    expect(snapshot.token?.sealed).toBe('token-3')
  })

  it('is not taken in unseen where it can be given again, not even as the first one', () => {
    const snapshot = activeSnapshot(verifiedStatic)
    delete snapshot.token
    delete snapshot.grant
    snapshot.health = healthOf('pending')
    const end = applyRotationVerdict(snapshot, upToVerdict(snapshot), trouble(false), at(T0))
    expect(end).toMatchObject({ ok: false, message: 'the provider is out of order' })
    expect(snapshot.health.kind).toBe('pending')
  })

  it.each([
    ['may have used up its grant', FACTS.consumesGrant, { sealed: 's' as Sealed }],
    ['came by a code', false, AUTHORIZATION],
  ])('is taken in with a warning where it %s', (_name, consumesGrant, source) => {
    const state = new TokenState(activeSnapshot({ ...verified, consumesGrant }))
    const rotation = upToVerdict(state.snapshot, source, { warnings: ['no refresh token came'] })
    const end = applyRotationVerdict(state.snapshot, rotation, trouble(false), at(T0))
    expect(end).toEqual({ ok: true })
    expect(state.snapshot.token?.sealed).toBe('token-4')
    const { warnings } = state.status(T0)
    expect(warnings).toEqual(['no refresh token came', 'the provider is out of order'])
  })

  it('is not taken in where its account can not be compared with the one before', () => {
    const snapshot = activeSnapshot(verified)
    snapshot.account = { marks: [MARK] }
    const unknown = upToVerdict(snapshot, AUTHORIZATION)
    expect(applyRotationVerdict(snapshot, unknown, trouble(false), at(T0))).toMatchObject({
      ok: false,
    })
    const same = upToVerdict(snapshot, AUTHORIZATION, { account: mark(true) })
    expect(applyRotationVerdict(snapshot, same, trouble(false), at(T0))).toEqual({ ok: true })
  })

  it('is judged as before where an older worker has answered', () => {
    const snapshot = activeSnapshot(verifiedStatic)
    delete snapshot.token
    let rotation = upToVerdict(snapshot)
    const old = { verdict: 'unknown', code: 'http_500' } as const
    for (let tries = 0; tries < 2; tries += 1) {
      expect(applyRotationVerdict(snapshot, rotation, old, at(T0))).toBeUndefined()
      rotation = snapshot.rotations[0] ?? rotation
    }
    expect(applyRotationVerdict(snapshot, rotation, old, at(T0))).toEqual({ ok: true })
  })
})

describe('a new credential of another account', () => {
  it.each(['token answer', 'verify endpoint'])('is refused by the word of the %s', (by) => {
    const snapshot = activeSnapshot(verified)
    snapshot.account = { marks: [MARK], name: 'Acme' }
    snapshot.rotations = [rotationOf({ grant: 'g' as Sealed })]
    if (by === 'verify endpoint') {
      const verdict = { verdict: 'accepted', account: mark(false) } as const
      const end = applyRotationVerdict(snapshot, upToVerdict(snapshot), verdict, at(T0))
      expect(end).toMatchObject({ ok: false, code: 'OtherAccount' })
    } else
      expect(() =>
        upToVerdict(snapshot, { sealed: 's' as Sealed }, { account: mark(false) }),
      ).toThrow()
    expect(snapshot.token?.sealed).toBe('token-3')
    expect(snapshot.account).toEqual({ marks: [MARK], name: 'Acme' })
    expect(snapshot.rotations).toEqual([])
    expect(snapshot.story.at(-1)).toMatchObject({ event: 'rotation_refused', code: 'OtherAccount' })
  })

  it('is taken in where that is allowed, and nothing of the account before is kept', () => {
    const snapshot = activeSnapshot(verified)
    snapshot.account = { marks: [MARK, 'token:x 0123456789abcdef 0123456789abcdef'], name: 'Acme' }
    const source = { sealed: 's' as Sealed, allowOtherAccount: true }
    const verdict = { verdict: 'accepted', account: mark(false) } as const
    expect(applyRotationVerdict(snapshot, upToVerdict(snapshot, source), verdict, at(T0))).toEqual({
      ok: true,
    })
    expect(snapshot.account).toEqual({ marks: [mark().mark] })
  })
})

describe('what was granted', () => {
  it('is in the status: scope that is missing, warnings, the name of the account', () => {
    const state = new TokenState(activeSnapshot(verified))
    const rotation = upToVerdict(state.snapshot, AUTHORIZATION, { missingScope: 'orders' })
    const verdict = { verdict: 'accepted', account: mark(), name: 'Acme' } as const
    applyRotationVerdict(state.snapshot, rotation, verdict, at(T0))
    const status = state.status(T0)
    expect(status).toMatchObject({ missingScope: 'orders', account: { name: 'Acme' } })
    expect(status.warnings?.[0]).toContain('was not granted orders')
  })
})

describe('a code', () => {
  it.each(['ambiguous', 'server_error', 'firewall'] as const)(
    'is exchanged once: %s is the end of it',
    (failure) => {
      const snapshot = activeSnapshot()
      const rotation = rotationOf({ source: AUTHORIZATION, grant: 'g' as Sealed })
      snapshot.rotations = [rotation]
      const end = applyRotationMint(
        snapshot,
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
      expect(end).toMatchObject({ ok: false })
      expect(snapshot.rotations).toEqual([])
    },
  )

  it('that was not sent is tried again', () => {
    const snapshot = activeSnapshot()
    const rotation = rotationOf({ source: AUTHORIZATION, grant: 'g' as Sealed })
    snapshot.rotations = [rotation]
    const failed = { class: 'not_sent', code: 'x', message: 'm', definition: 'd' } as const
    const result = { runId: 'run', outcome: 'failed', ...failed } as const
    expect(applyRotationMint(snapshot, rotation, result, at(T0))).toBeUndefined()
    expect(snapshot.rotations[0]).toMatchObject({ tries: 1, prior: 'clean' })
  })
})

describe('a revocation', () => {
  it('forgets at once what flows could use, and the rest when the provider has been told', () => {
    const state = new TokenState(activeSnapshot())
    state.snapshot.account = { marks: [MARK], name: 'Acme' }
    state.command('revoke', T0, true)
    expect(state.snapshot).not.toHaveProperty('token')
    expect(state.snapshot).not.toHaveProperty('account')
    expect(state.due(T0).now).toMatchObject({
      work: 'revoke',
      ending: { grant: 'grant-3', token: 'token-3' },
    })
    expect(state.status(T0)).toMatchObject({
      status: 'revoked',
      revocation: { outcome: 'pending' },
    })
  })

  it('is told before a new credential is tried', () => {
    const state = new TokenState(activeSnapshot())
    state.command('revoke', T0, true)
    state.addRotation(rotationOf(), T0)
    expect(state.due(T0).now?.work).toBe('revoke')
  })

  it('of a connection without credential has nothing to tell', () => {
    const snapshot = activeSnapshot()
    delete snapshot.grant
    delete snapshot.token
    const state = new TokenState(snapshot)
    state.command('revoke', T0, true)
    expect(state.due(T0).now).toBeUndefined()
    expect(state.status(T0).revocation).toBeUndefined()
  })
})
