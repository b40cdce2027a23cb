import { describe, expect, it } from 'vitest'
import type { Sealed } from '../../../src/contract/sealed.js'
import {
  applyLeftover,
  applyRevocation,
  endInstead,
  leaveBehind,
} from '../../../workflows/token/revocation.js'
import { applyRotationMint } from '../../../workflows/token/rotation.js'
import { OpenState } from './open-state.js'
import { activeParts, at, FACTS, HOUR, minted as mintedToken, T0 } from './token-fixtures.js'

const minted4 = mintedToken('token-4')
const minted = { grant: 'grant-4' as Sealed, token: 'token-4' as Sealed }

it('a token that was under way when its connection was revoked is what ends at the provider', () => {
  const state = new OpenState(activeParts())
  state.command('revoke', T0)
  endInstead(state.parts, minted)
  expect(state.due(T0).now).toEqual({ kind: 'revoke', revocation: { ...minted, tries: 0 } })
})

it('and nothing is told where nothing is to be told', () => {
  const state = new OpenState(activeParts({ ...FACTS, revokes: false }))
  state.command('revoke', T0)
  endInstead(state.parts, minted)
  expect(state.due(T0).now).toBeUndefined()
})

describe('grants that nobody holds', () => {
  const left = { grant: 'grant-0' as Sealed, token: 'token-0' as Sealed }
  const told = { ...left, tries: 0, retryAtMs: T0 }
  const facts = { ...FACTS, revokes: true, revokesOneGrant: true }

  it('the provider is told, a few times, and flows go on', () => {
    const state = new OpenState(activeParts(facts))
    leaveBehind(state.parts, left, T0 + 1000)
    expect(state.due(T0)).toMatchObject({ atMs: T0 + 1000 })
    expect(state.due(T0 + 1000).now).toMatchObject({ kind: 'revoke-leftover', revocation: left })
    const failed = { outcome: 'failed', code: 'http_503', message: 'm' } as const
    applyLeftover(state.parts, told, failed, T0, 0.5)
    expect(state.parts.revocation.leftovers).toMatchObject([{ ...left, tries: 1 }])
    applyLeftover(state.parts, { ...told, tries: 1 }, { outcome: 'revoked' }, T0, 0.5)
    expect(state.parts.revocation.leftovers).toBeUndefined()
    expect(state.parts.story.events.at(-1)).toMatchObject({ event: 'upstream_revoked' })
    expect(state.status(T0).status).toBe('active')
    expect(state.currentLease(T0)).toMatchObject({ outcome: 'granted' })
  })

  it.each([
    ['there is no way to', { ...facts, revokes: false }, left],
    ['it would end every grant of the account', { ...facts, revokesOneGrant: false }, left],
    ['it is the one that is held', facts, { grant: 'grant-3' as Sealed }],
  ])('and is not told where %s', (_name, these, what) => {
    const state = new OpenState(activeParts(these))
    leaveBehind(state.parts, what, T0)
    expect(state.parts.revocation.leftovers).toBeUndefined()
  })

  it('a refresh that is due goes first, and no more than five are remembered', () => {
    const state = new OpenState(activeParts(facts))
    for (let n = 0; n < 9; n += 1)
      leaveBehind(state.parts, { grant: `old-${String(n)}` as Sealed }, T0)
    expect(state.parts.revocation.leftovers).toHaveLength(5)
    expect(state.due(T0 + HOUR).now).toMatchObject({ kind: 'mint' })
  })
})

describe('a new credential that got its token, and was not taken in yet', () => {
  const facts = { ...FACTS, hasVerify: true, revokesOneGrant: true }
  const rotation = {
    id: 'r',
    as: 'connect',
    source: { sealed: 's' as Sealed },
    tries: 0,
    prior: 'clean',
    grant: 'new' as Sealed,
  } as const

  it.each(['revoke', 'remove'] as const)('ends with the connection on a %s', (what) => {
    const state = new OpenState(activeParts(facts))
    state.addRotation(rotation, T0)
    applyRotationMint(state.parts, rotation, minted4, at(T0))
    expect(state.parts.rotations).toHaveLength(1)
    if (what === 'revoke') state.command('revoke', T0)
    else state.operators.remove(T0)
    expect(state.parts.revocation).toMatchObject({
      pending: { grant: 'grant-3', token: 'token-3' },
      leftovers: [{ grant: minted4.grant, token: 'token-4' }],
    })
    expect(state.operators.isRemoved).toBe(false)
  })

  it('and with one that was revoked already', () => {
    const state = new OpenState(activeParts(facts))
    state.command('revoke', T0)
    applyRevocation(state.parts, { outcome: 'revoked' }, T0, 0.5)
    state.addRotation(rotation, T0)
    applyRotationMint(state.parts, rotation, minted4, at(T0))
    state.operators.remove(T0)
    const { grant } = minted4
    expect(state.due(T0).now).toEqual({
      kind: 'revoke',
      revocation: { grant, token: 'token-4', tries: 0 },
    })
  })
})
