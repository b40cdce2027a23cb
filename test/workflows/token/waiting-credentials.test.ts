import { describe, expect, it } from 'vitest'
import type { Sealed } from '../../../src/contract/sealed.js'
import { LONGEST_MAX_WAIT_MS } from '../../../src/contract/wait.js'
import { applyPrepared } from '../../../workflows/token/prepared-credential.js'
import { applyRevocation } from '../../../workflows/token/revocation.js'
import { applyRotationMint, applyRotationVerdict } from '../../../workflows/token/rotation.js'
import type { Rotation } from '../../../workflows/token/parts/rotations.js'
import type { TokenParts } from '../../../workflows/token/token-parts.js'
import { OpenState } from './open-state.js'
import { activeParts, at, failed, FACTS, HOUR, minted, STATIC_FACTS, T0 } from './token-fixtures.js'

const YEAR = 31_536_000_000
const DAY = 24 * HOUR
const AUTHORIZATION = {
  sealed: 'code' as Sealed,
  authorization: { sealedVerifier: 'v' as Sealed, redirectUri: 'https://app.example/cb' },
}

function credential(id: string, more: Partial<Rotation> = {}): Rotation {
  const grant = `grant of ${id}` as Sealed
  const source = { sealed: `secret ${id}` as Sealed }
  return { id, as: 'connect', source, grant, tries: 0, prior: 'clean', ...more }
}
const throttled = (retryAfterMs?: number) => ({
  ...failed('throttled', 'http_429'),
  retryAfterMs,
})
const ids = ({ rotations }: TokenParts) => rotations.map(({ id }) => id)

/** A connection with a credential that its provider has put off for a year. */
function withDelayed(parts = activeParts(), more: Partial<Rotation> = {}): OpenState {
  const state = new OpenState(parts)
  const old = credential('old', more)
  state.addRotation(old, T0)
  expect(applyRotationMint(parts, old, throttled(YEAR), at(T0))).toBeUndefined()
  return state
}

describe('a new credential that its provider puts off for a year', () => {
  it('is tried when that is over, a month later at most, and told of in story and status', () => {
    const state = withDelayed()
    const atMs = T0 + LONGEST_MAX_WAIT_MS
    expect(state.parts.rotations).toMatchObject([{ tries: 1, retryAtMs: atMs }])
    const told = { event: 'rotation_delayed', code: 'http_429', attempt: 1, nextDueMs: atMs }
    expect(state.parts.story.events.at(-1)).toMatchObject(told)
    expect(state.status(T0).warnings?.join()).toContain(new Date(atMs).toISOString())
    expect(state.due(T0).now).toBeUndefined()
    expect(state.status(atMs).warnings?.join() ?? '').not.toContain('A new credential')
  })

  it('holds up no later one, neither its steps nor the refreshes of the living token', () => {
    const state = withDelayed()
    const { grant: _later, ...fresh } = credential('new')
    state.addRotation(fresh, T0)
    const { parts } = state
    expect(state.due(T0).now).toMatchObject({ kind: 'prepare', rotation: { id: 'new' } })
    const prepared = {
      outcome: 'prepared',
      grant: 'g' as Sealed,
      grantFingerprint: 'f',
      runId: 'run',
    } as const
    applyPrepared(parts, fresh, prepared, T0)
    expect(state.due(T0).now).toMatchObject({ kind: 'mint-rotation', rotation: { id: 'new' } })
    // It meets the same: each waits for itself, and the living token is refreshed meanwhile.
    const next = parts.rotations[1] ?? fresh
    applyRotationMint(parts, next, throttled(10 * DAY), at(T0))
    expect(state.due(T0)).toEqual({ atMs: T0 + 45 * 60_000, summary: expect.any(String) as string })
    expect(state.due(T0 + HOUR).now).toMatchObject({ kind: 'mint' })
  })

  it('is dropped when a later one becomes current, and never comes after it', () => {
    const state = withDelayed()
    const { parts } = state
    const later = credential('later')
    state.addRotation(later, T0)
    state.addRotation(credential('last'), T0)
    expect(applyRotationMint(parts, later, minted('t'), at(T0))).toEqual({ outcome: 'done' })
    expect(ids(parts)).toEqual(['last'])
    const told = parts.story.events.filter(({ event }) => event === 'rotation_refused')
    expect(told).toMatchObject([{ code: 'Superseded' }])
  })

  it('is dropped when the current credential is given again', () => {
    const state = withDelayed()
    const { parts } = state
    parts.grant = { ...parts.grant, given: [{ mark: 'm', atMs: T0, current: true }] }
    const again = credential('again')
    state.addRotation(again, T0)
    const prepared = {
      outcome: 'prepared',
      grant: 'g' as Sealed,
      grantFingerprint: 'f',
      runId: 'run',
    } as const
    const end = applyPrepared(parts, again, { ...prepared, mark: 'm' }, T0)
    expect(end).toEqual({ outcome: 'done', unchanged: true })
    expect(ids(parts)).toEqual([])
  })

  it('and is given again is tried at once in its own place, with what is known of it', () => {
    const openSinceMs = T0 - 5000
    const state = withDelayed(activeParts(), { mark: 'm', prior: 'ambiguous', openSinceMs })
    const { parts } = state
    state.addRotation(credential('again'), T0)
    const prepared = {
      outcome: 'prepared',
      grant: 'g' as Sealed,
      grantFingerprint: 'f',
      runId: 'run',
    } as const
    applyPrepared(parts, credential('again'), { ...prepared, mark: 'm' }, T0)
    expect(parts.rotations).toMatchObject([
      { id: 'again', tries: 0, prior: 'ambiguous', openSinceMs },
    ])
    expect(state.due(T0).now).toMatchObject({ kind: 'mint-rotation', rotation: { id: 'again' } })
  })

  it('makes room where the queue is full; one that was exchanged already does not', () => {
    const state = withDelayed()
    for (let n = 1; n < 20; n += 1)
      expect(state.addRotation(credential(`c${String(n)}`), T0)).toBeUndefined()
    expect(state.addRotation(credential('one-more'), T0)).toBeUndefined()
    expect(ids(state.parts)).not.toContain('old')
    expect(ids(state.parts)).toContain('one-more')
    expect(state.addRotation(credential('too-much'), T0)).toContain('20 new credentials')
    expect(ids(state.parts)).toHaveLength(20)
  })

  it('is refused at once where it is a code: none lives that long', () => {
    const state = new OpenState(activeParts())
    const code = credential('code', { source: AUTHORIZATION })
    state.addRotation(code, T0)
    const end = applyRotationMint(state.parts, code, throttled(YEAR), at(T0))
    expect(end).toMatchObject({ outcome: 'refused', code: 'RateLimited' })
    expect(end).toHaveProperty('message', expect.stringContaining('begin the authorization'))
    const again = credential('again', { source: AUTHORIZATION })
    state.addRotation(again, T0)
    expect(applyRotationMint(state.parts, again, throttled(30_000), at(T0))).toBeUndefined()
    expect(state.parts.rotations).toMatchObject([{ id: 'again', retryAtMs: T0 + 30_000 }])
  })
})

describe('a verify endpoint that puts a new credential off', () => {
  const wait = (retryAfterMs: number) =>
    ({ outcome: 'unknown', code: 'RateLimited', message: 'm', again: true, retryAfterMs }) as const
  const isMinted = (state: OpenState, id: string): Rotation => {
    const rotation = credential(id)
    state.addRotation(rotation, T0)
    expect(applyRotationMint(state.parts, rotation, minted(id), at(T0))).toBeUndefined()
    return state.parts.rotations.find((one) => one.id === id) ?? rotation
  }

  it('is asked again when it said, where the credential can be given again', () => {
    const state = new OpenState(activeParts({ ...STATIC_FACTS, hasVerify: true }))
    const rotation = isMinted(state, 'key')
    expect(applyRotationVerdict(state.parts, rotation, wait(DAY), at(T0))).toBeUndefined()
    expect(state.parts.rotations).toMatchObject([{ retryAtMs: T0 + DAY, tries: 1 }])
    expect(state.parts.token.generation).toBe(3)
  })

  it('does not keep a grant waiting that has taken the place of the one before', () => {
    const state = new OpenState(activeParts({ ...FACTS, hasVerify: true }))
    const rotation = isMinted(state, 'rotating')
    const end = applyRotationVerdict(state.parts, rotation, wait(DAY), at(T0))
    expect(end).toEqual({ outcome: 'done' })
    expect(state.parts.token.held?.sealed).toBe('rotating')
  })
})

describe('a revocation that the provider wants to be told of later', () => {
  it('is given up, loudly, when a new credential comes', () => {
    const state = new OpenState(activeParts())
    const { parts } = state
    state.command('revoke', T0)
    const put = { outcome: 'failed', code: 'http_429', message: 'm', retryAfterMs: DAY } as const
    applyRevocation(parts, put, T0, 0.5)
    expect(state.due(T0)).toMatchObject({ atMs: T0 + DAY })
    state.addRotation(credential('new'), T0)
    expect(state.due(T0).now).toMatchObject({ kind: 'mint-rotation' })
    expect(parts.revocation.outcome).toMatchObject({ outcome: 'failed', code: 'RateLimited' })
    expect(parts.story.events.at(-1)).toMatchObject({ event: 'upstream_revoke_failed' })
  })
})
