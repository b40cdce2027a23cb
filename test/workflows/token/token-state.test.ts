import { describe, expect, it } from 'vitest'
import type { Sealed } from '../../../src/contract/sealed.js'
import { applyMint } from '../../../workflows/token/token-results.js'
import { BATCH_BYTES, BATCH_COUNT } from '../../../workflows/token/waiters.js'
import { OpenState } from './open-state.js'
import {
  readSnapshot,
  startParts,
  type TokenSnapshot,
} from '../../../workflows/token/token-parts.js'
import { activeParts, ask, at, failed, FACTS, HOUR, minted, T0 } from './token-fixtures.js'

describe('rejections', () => {
  it('makes one refresh of many reports of one generation', () => {
    const state = new OpenState(activeParts())
    for (let flow = 0; flow < 50; flow += 1)
      state.enqueue(
        {
          requestId: `r${String(flow)}`,
          replyTo: `f${String(flow)}`,
          minValidityMs: 0,
          rejected: { generation: 3, status: 401 },
        },
        T0 + 1000,
      )
    expect(state.takeReplies(T0 + 1000)).toEqual([])
    expect(state.due(T0 + 1000).now).toMatchObject({ kind: 'mint' })
    expect(state.parts.story.events.filter(({ event }) => event === 'rejected')).toHaveLength(1)
    applyMint(state.parts, minted('token-4'), 'rejected', at(T0 + 1000))
    expect(state.due(T0 + 1001).now).toBeUndefined()
    expect(state.takeReplies(T0 + 1001)).toHaveLength(50)
  })

  it('hands over the newer generation to who reports an older one', () => {
    const state = new OpenState(activeParts())
    const rejected = { generation: 2, status: 401 }
    state.enqueue({ requestId: 'r', replyTo: 'f', minValidityMs: 0, rejected }, T0 + 1)
    expect(state.due(T0 + 1).now).toBeUndefined()
    expect(state.takeReplies(T0 + 1)[0]?.reply).toMatchObject({ lease: { generation: 3 } })
  })

  it('is rolled back when a flow has seen a generation above the current one', () => {
    const state = new OpenState(activeParts())
    state.enqueue({ requestId: 'r', replyTo: 'f', minValidityMs: 0, knownGeneration: 7 }, T0 + 1)
    expect(state.status(T0)).toMatchObject({ status: 'needs_reauth', reason: 'rolled_back' })
    expect(state.due(T0 + HOUR).now).toBeUndefined()
    expect(state.parts.token.highestGeneration).toBe(7)
  })
})

describe('a failing refresh', () => {
  it('never takes a still-good token away, also when the grant is dead', () => {
    const state = new OpenState(activeParts())
    const soft = T0 + 46 * 60_000
    expect(state.due(soft).now).toMatchObject({ kind: 'mint', cause: 'soft' })
    applyMint(state.parts, failed('invalid_grant', 'invalid_grant'), 'soft', at(soft))
    expect(state.status(T0)).toMatchObject({
      status: 'degraded',
      failure: { code: 'invalid_grant' },
    })
    ask(state, 'r', soft + 1)
    expect(state.takeReplies(soft + 1)[0]?.reply.outcome).toBe('granted')
    expect(state.due(soft + 1).now).toBeUndefined()
    state.due(T0 + HOUR)
    expect(state.status(T0)).toMatchObject({ status: 'needs_reauth', reason: 'revoked' })
  })

  it('is told at once when the token is refused as well', () => {
    const state = new OpenState(activeParts())
    const soft = T0 + 46 * 60_000
    applyMint(state.parts, failed('invalid_grant', 'invalid_grant'), 'soft', at(soft))
    const rejected = { generation: 3, status: 401 }
    state.enqueue({ requestId: 'r', replyTo: 'f', minValidityMs: 0, rejected }, soft + 1)
    expect(state.status(T0)).toMatchObject({ status: 'needs_reauth', reason: 'revoked' })
  })

  it('serves no token past its end', () => {
    const state = new OpenState(activeParts())
    applyMint(state.parts, failed('server_error', 'http_500'), 'soft', at(T0 + HOUR - 1000))
    ask(state, 'r', T0 + HOUR)
    expect(state.takeReplies(T0 + HOUR)).toEqual([])
  })

  it('does not probe where a try may count as a wrong password', () => {
    const state = new OpenState(activeParts())
    const failure = { ...failed('misconfigured', 'value_missing'), probe: 'never' as const }
    applyMint(state.parts, failure, 'soft', at(T0 + HOUR))
    // One odd answer is no verdict; two tries, a minute apart, lock no account.
    expect(state.status(T0).status).toBe('degraded')
    expect(state.due(T0 + HOUR).atMs).toBe(T0 + HOUR + 60_000)
    applyMint(state.parts, failure, 'soft', at(T0 + HOUR + 60_000))
    expect(state.status(T0).status).toBe('misconfigured')
    expect(state.due(T0 + 1000 * HOUR)).toEqual({})
    expect(state.status(T0).nextRefreshAtMs).toBeUndefined()
  })

  it('is tried again after seconds, then minutes apart, before and after the verdict', () => {
    const state = new OpenState(activeParts())
    let nowMs = T0 + HOUR
    const pauses: number[] = []
    const statuses: string[] = []
    for (let tries = 1; tries <= 12; tries += 1) {
      applyMint(state.parts, failed('misconfigured', 'invalid_client'), 'hard', at(nowMs))
      statuses.push(state.status(nowMs).status)
      const due = state.due(nowMs)
      expect(due.now).toBeUndefined()
      pauses.push((due.atMs ?? Number.POSITIVE_INFINITY) - nowMs)
      nowMs = due.atMs ?? nowMs
      expect(state.due(nowMs).now).toMatchObject({ kind: 'mint' })
    }
    expect(statuses.slice(0, 4)).toEqual(['degraded', 'degraded', 'misconfigured', 'misconfigured'])
    expect(pauses.slice(0, 4)).toEqual([750, 1500, 3000, 6000])
    expect(Math.max(...pauses)).toBeLessThanOrEqual(5 * 60_000)
    applyMint(state.parts, minted('token-4'), 'probe', at(nowMs))
    expect(state.status(nowMs).status).toBe('active')
  })

  it('has a verdict only when the last token ends, however many answers refuse', () => {
    const state = new OpenState(activeParts())
    const soft = T0 + 46 * 60_000
    for (let tries = 0; tries < 6; tries += 1)
      applyMint(state.parts, failed('misconfigured', 'http_404'), 'soft', at(soft))
    ask(state, 'r', soft + 1)
    expect(state.takeReplies(soft + 1)[0]?.reply.outcome).toBe('granted')
    expect(state.status(soft).status).toBe('degraded')
    state.due(T0 + HOUR)
    expect(state.status(T0 + HOUR).status).toBe('misconfigured')
  })

  it('tells who waits for a refresh what it is that fails', () => {
    const state = new OpenState(activeParts())
    const end = T0 + HOUR
    applyMint(state.parts, failed('server_error', 'http_500'), 'hard', at(end))
    ask(state, 'r', end + 1)
    expect(state.takeReplies(end + 1)[0]?.reply).toMatchObject({
      outcome: 'waiting',
      status: 'degraded',
    })
  })
})

describe('answers', () => {
  it('leave in batches below the message limit', () => {
    const parts = activeParts()
    const sealed = 'x'.repeat(20_000) as Sealed
    parts.token = { ...parts.token, held: { ...parts.token.held, sealed, issuedAtMs: T0 } }
    const state = new OpenState(parts)
    for (let index = 0; index < 250; index += 1) ask(state, String(index), T0 + 1)
    const sizes: number[] = []
    for (let batch = state.takeReplies(T0 + 1); batch.length > 0; batch = state.takeReplies(T0 + 1))
      sizes.push(batch.length)
    expect(sizes.reduce((sum, size) => sum + size)).toBe(250)
    for (const size of sizes) {
      expect(size).toBeLessThanOrEqual(BATCH_COUNT)
      expect(size * sealed.length).toBeLessThanOrEqual(BATCH_BYTES)
    }
  })

  it('tell a waiter once what it waits for, and again when that changes', () => {
    const state = new OpenState(startParts('shop/acme', T0))
    state.parts.definition = { ...state.parts.definition, describeNeeded: false }
    ask(state, 'r', T0)
    expect(state.takeReplies(T0)).toHaveLength(1)
    expect(state.takeReplies(T0)).toHaveLength(0)
    state.command('pause', T0)
    expect(state.takeReplies(T0)[0]?.reply).toMatchObject({ outcome: 'waiting', status: 'paused' })
    expect(state.status(T0).waiting).toBe(1)
    state.forget(['r'])
    expect(state.status(T0).waiting).toBe(0)
  })

  it('survive JSON: the snapshot is plain', () => {
    const state = new OpenState(activeParts())
    ask(state, 'r', T0 + HOUR)
    const copy = JSON.parse(JSON.stringify(state)) as TokenSnapshot
    expect(copy.version).toBe(1)
    expect(readSnapshot(copy)).toEqual(state.parts)
    expect(readSnapshot({ ...copy, version: 2 as never })).toBeUndefined()
  })
})

describe('on demand', () => {
  it('sets no timer, and a request after the soft moment refreshes in the background', () => {
    const facts = { ...FACTS, policy: { ...FACTS.policy, mode: 'on-demand' as const } }
    const state = new OpenState(activeParts(facts))
    expect(state.due(T0 + 1)).toEqual({})
    ask(state, 'r', T0 + 50 * 60_000)
    expect(state.takeReplies(T0 + 50 * 60_000)[0]?.reply.outcome).toBe('granted')
    expect(state.due(T0 + 50 * 60_000).now).toMatchObject({ kind: 'mint', cause: 'on demand' })
  })
})
