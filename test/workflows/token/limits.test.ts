import { describe, expect, it } from 'vitest'
import type { Rotation } from '../../../workflows/token/parts/rotations.js'
import { applyDescription, applyMint } from '../../../workflows/token/token-results.js'
import { applyRotationMint } from '../../../workflows/token/rotation.js'
import { OpenState } from './open-state.js'
import type { RefreshPolicy } from '../../../src/contract/connector-facts.js'
import { activeParts, ask, at, failed, FACTS, HOUR, minted, T0 } from './token-fixtures.js'

const DAY = 24 * HOUR

function stateWith(policy: Partial<RefreshPolicy>, more: object = {}): OpenState {
  const facts = { ...FACTS, ...more, policy: { ...FACTS.policy, ...policy } }
  return new OpenState(activeParts(facts))
}

describe('a provider that limits token requests', () => {
  const mintLimit = { count: 3, windowMs: 600_000 }

  it('is not asked more often than it allows, whoever asks', () => {
    const state = stateWith({ mintLimit })
    for (let n = 0; n < 3; n += 1) {
      const nowMs = T0 + n * 1000
      state.command('refresh', nowMs)
      expect(state.due(nowMs).now).toMatchObject({ kind: 'mint', cause: 'operator' })
      applyMint(state.parts, minted(`token-${String(n)}`), 'operator', at(nowMs))
    }
    const nowMs = T0 + 5000
    state.command('refresh', nowMs)
    expect(state.due(nowMs)).toMatchObject({ atMs: T0 + mintLimit.windowMs })
    expect(state.due(T0 + mintLimit.windowMs).now).toMatchObject({ kind: 'mint' })
    ask(state, 'r', nowMs)
    expect(state.takeReplies(nowMs)[0]?.reply.outcome).toBe('granted')
  })

  it('counts refused requests, and none that were not sent', () => {
    const state = stateWith({ mintLimit })
    for (let n = 0; n < 5; n += 1)
      applyMint(state.parts, failed('not_sent', 'ECONNREFUSED'), 'soft', at(T0))
    expect(state.parts.refresh.requestedAtMs ?? []).toEqual([])
    applyMint(state.parts, failed('server_error', 'http_500'), 'soft', at(T0 + 1))
    expect(state.parts.refresh.requestedAtMs).toEqual([T0 + 1])
  })

  it('is not asked for a new credential either before its window opens', () => {
    const state = stateWith({ mintLimit })
    state.parts.refresh = { ...state.parts.refresh, requestedAtMs: [T0, T0 + 1, T0 + 2] }
    const rotation: Rotation = {
      id: 'one',
      as: 'rotate',
      source: { reference: 'env:TOKENKEEPER_SECRET_X' },
      tries: 0,
      prior: 'clean',
      grant: minted('x').grant,
    }
    state.addRotation(rotation, T0)
    expect(state.due(T0 + 3)).toMatchObject({ atMs: T0 + mintLimit.windowMs })
    expect(state.due(T0 + mintLimit.windowMs).now).toMatchObject({ kind: 'mint-rotation' })
    applyRotationMint(state.parts, rotation, minted('y'), at(T0 + mintLimit.windowMs))
    expect(state.parts.refresh.requestedAtMs).toEqual([T0 + 1, T0 + 2, T0 + mintLimit.windowMs])
  })
})

describe('what ends by itself', () => {
  it('is told a month before the client secret does, once, and wakes the workflow for it', () => {
    const clientSecretExpiresAtMs = T0 + 60 * DAY
    const state = stateWith({ mode: 'on-demand' }, { clientSecretExpiresAtMs })
    const begins = T0 + 30 * DAY
    expect(state.status(begins - 1).warnings).toBeUndefined()
    expect(state.due(begins - 1).atMs).toBe(begins)
    state.due(begins)
    state.due(begins + 1)
    expect(state.status(begins).warnings).toEqual([expect.stringContaining('client secret')])
    const told = state.parts.story.events.filter(({ event }) => event === 'warning')
    expect(told).toHaveLength(1)
    expect(told[0]?.cause).toMatch(/client secret of shop\/acme's connector ends on/)
  })

  it('is told in the last fifth of an authorisation that has an absolute limit', () => {
    const state = stateWith({ absoluteLimitMs: 100 * DAY })
    state.parts.grant = { ...state.parts.grant, authorizedAtMs: T0 }
    expect(state.status(T0 + 79 * DAY).warnings).toBeUndefined()
    expect(state.status(T0 + 80 * DAY).warnings).toEqual([
      expect.stringContaining('The authorisation of shop/acme ends'),
    ])
  })

  it('follows what the token answer says of the refresh token, and is new with a new credential', () => {
    const state = stateWith({})
    const ends = { ...minted('token-4'), refreshTokenLifetimeMs: 10 * DAY }
    applyMint(state.parts, ends, 'soft', at(T0))
    expect(state.status(T0 + 9.9 * DAY).warnings).toEqual([
      expect.stringContaining('The authorisation of shop/acme ends'),
    ])
    state.due(T0 + 9.9 * DAY)
    applyMint(state.parts, ends, 'soft', at(T0 + 9.95 * DAY))
    expect(state.status(T0 + 9.95 * DAY).warnings).toBeUndefined()
    state.due(T0 + 9.95 * DAY)
    expect(state.parts.story.warned).toEqual([])
  })

  it('is told when the keep-alive of an idle refresh token has not worked', () => {
    const state = stateWith({ mode: 'on-demand', idleLimitMs: 50 * DAY })
    expect(state.due(T0 + 40 * DAY).now).toMatchObject({ kind: 'mint', cause: 'keep-alive' })
    expect(state.status(T0 + 44 * DAY).warnings).toBeUndefined()
    expect(state.status(T0 + 45 * DAY).warnings).toEqual([expect.stringContaining('dies unused')])
  })
})

describe('a definition with another kind of authentication', () => {
  const other = { ...FACTS, kind: 'client-credentials', fingerprint: 'fedcba9876543210' }
  const described = { outcome: 'known', facts: other, searchAttributes: [] } as const

  it('makes the token of the old kind be got anew before anybody is served', () => {
    const state = new OpenState(activeParts())
    state.noticeWorker(other)
    expect(state.due(T0 + 1).now).toEqual({ kind: 'describe' })
    applyDescription(state.parts, described, T0 + 1)
    ask(state, 'r', T0 + 2)
    expect(state.takeReplies(T0 + 2)).toEqual([])
    expect(state.due(T0 + 2).now).toMatchObject({ kind: 'mint', cause: 'definition changed' })
    const next = { ...minted('token-4'), kind: 'client-credentials' }
    applyMint(state.parts, next, 'definition changed', at(T0 + 3))
    expect(state.takeReplies(T0 + 3)[0]?.reply).toMatchObject({
      lease: { generation: 4, kind: 'client-credentials' },
    })
  })

  it('is learned from a flow whose lease no longer fits, without asking whether the key works', () => {
    const state = new OpenState(activeParts())
    const rejected = { generation: 3, status: 0, outdated: true }
    state.enqueue({ requestId: 'r', replyTo: 'f', minValidityMs: 0, rejected }, T0 + 1)
    expect(state.due(T0 + 1).now).toEqual({ kind: 'describe' })
    applyDescription(state.parts, described, T0 + 1)
    expect(state.due(T0 + 1).now).toMatchObject({ kind: 'mint' })
    expect(state.takeReplies(T0 + 1)).toEqual([])
  })

  it('wakes a connection that the old one broke while its last token is served', () => {
    const state = new OpenState(activeParts())
    applyMint(state.parts, failed('misconfigured', 'invalid_client'), 'soft', at(T0 + 1))
    expect(state.status(T0 + 1).status).toBe('degraded')
    const mended = { ...FACTS, fingerprint: 'fedcba9876543210' }
    applyDescription(
      state.parts,
      { outcome: 'known', facts: mended, searchAttributes: [] },
      T0 + 2000,
    )
    expect(state.due(T0 + 2000).now).toMatchObject({ kind: 'mint', cause: 'definition changed' })
  })

  it('takes back the verdict that was passed under the old one, whatever becomes of the request', () => {
    const state = new OpenState(activeParts())
    applyMint(state.parts, failed('invalid_grant', 'invalid_grant'), 'soft', at(T0 + 1))
    const mended = { ...FACTS, fingerprint: 'fedcba9876543210' }
    applyDescription(
      state.parts,
      { outcome: 'known', facts: mended, searchAttributes: [] },
      T0 + 2000,
    )
    // The token ends while the request is under way, which fails for now.
    state.due(T0 + 2 * HOUR)
    applyMint(
      state.parts,
      failed('server_error', 'http_503'),
      'definition changed',
      at(T0 + 2 * HOUR),
    )
    expect(state.status(T0 + 2 * HOUR).status).toBe('degraded')
    expect(state.status(T0 + 2 * HOUR).nextRefreshAtMs).toBeGreaterThan(T0 + 2 * HOUR)
  })
})
