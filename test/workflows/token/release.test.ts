import { describe, expect, it } from 'vitest'
import type { Sealed } from '../../../src/contract/sealed.js'
import { RELEASE_BURST, startQueue, startRelease } from '../../../workflows/token/parts/queue.js'
import { toCarried } from '../../../workflows/token/carried.js'
import type { TokenParts } from '../../../workflows/token/token-parts.js'
import { OpenState } from './open-state.js'
import { activeParts, ask, healthOf, T0 } from './token-fixtures.js'

const WAITERS = 100

/** A connection that an operator paused while 100 flows asked; each was told so. */
function parked(): OpenState {
  const state = new OpenState({
    ...activeParts(),
    health: healthOf('active', undefined, true),
    queue: startRelease(startQueue(T0), T0),
  })
  for (let index = 0; index < WAITERS; index += 1) ask(state, `r${String(index)}`, T0)
  expect(state.takeReplies(T0).map(({ reply }) => reply.outcome)).toEqual(
    Array.from({ length: WAITERS }, () => 'waiting'),
  )
  return state
}

/** Runs as the workflow does: answers what it may, then wakes when it is due. */
function release(given: OpenState, startMs: number, between = (state: OpenState) => state) {
  let state = given
  let nowMs = startMs
  const granted: { readonly id: string; readonly atMs: number }[] = []
  for (let rounds = 0; state.parts.queue.waiters.length > 0; rounds += 1) {
    if (rounds > 1000) throw new Error('somebody is never released')
    const due = state.due(nowMs)
    const replies = state.takeReplies(nowMs)
    for (const { reply } of replies) granted.push({ id: reply.requestId, atMs: nowMs - startMs })
    state = between(state)
    if (replies.length > 0) continue
    if (due.atMs === undefined) throw new Error('nothing would wake the workflow')
    nowMs = due.atMs
  }
  return granted
}

describe('parked flows', () => {
  it('go on ten at once and then ten a second, in their order, and none is forgotten', () => {
    const state = parked()
    state.command('resume', T0 + 5000)
    const granted = release(state, T0 + 5000)
    expect(granted.map(({ id }) => id)).toEqual(
      Array.from({ length: WAITERS }, (_none, index) => `r${String(index)}`),
    )
    const perSecond = Array.from(
      { length: WAITERS / RELEASE_BURST },
      (_none, second) => granted.filter(({ atMs }) => Math.floor(atMs / 1000) === second).length,
    )
    expect(perSecond).toEqual(perSecond.map(() => RELEASE_BURST))
  })

  it('stay in the status and in what continue-as-new carries until their turn has come', () => {
    const state = parked()
    state.command('resume', T0 + 5000)
    state.takeReplies(T0 + 5000)
    expect(state.status(T0 + 5000).waiting).toBe(WAITERS - RELEASE_BURST)
    const granted = release(
      state,
      T0 + 5000,
      ({ parts }) =>
        new OpenState(JSON.parse(JSON.stringify(toCarried(parts, T0))) as typeof parts),
    )
    expect(granted).toHaveLength(WAITERS - RELEASE_BURST)
  })

  it('do not hold up a flow that was not told to wait, nor one that is denied', () => {
    const state = parked()
    state.command('resume', T0 + 5000)
    state.takeReplies(T0 + 5000)
    ask(state, 'new', T0 + 5000)
    expect(state.takeReplies(T0 + 5000).map(({ reply }) => reply.requestId)).toEqual(['new'])
    state.command('revoke', T0 + 5000)
    const denied = state.takeReplies(T0 + 5000)
    expect(denied.map(({ reply }) => reply.outcome)).toEqual(
      Array.from({ length: WAITERS - RELEASE_BURST }, () => 'denied'),
    )
  })

  it('who pause again while they wait for their turn are told so and released later', () => {
    const state = parked()
    state.command('resume', T0 + 5000)
    state.takeReplies(T0 + 5000)
    state.command('pause', T0 + 5100)
    expect(state.takeReplies(T0 + 5100)).toEqual([])
    expect(state.due(T0 + 5100).summary ?? '').not.toContain('parked')
    state.command('resume', T0 + 60_000)
    expect(state.takeReplies(T0 + 60_000)).toHaveLength(RELEASE_BURST)
  })
})

describe('a generation that another token workflow had given', () => {
  const request = { requestId: 'r', replyTo: 'flow', minValidityMs: 0 }

  it('moves the numbers on, so that what is granted is newer than what was refused', () => {
    const state = new OpenState(startedAnew())
    state.enqueue({ ...request, knownGeneration: 5, knownFirstExecutionRunId: 'old' }, T0 + 1000)
    const [answer] = state.takeReplies(T0 + 1000)
    expect(answer?.reply).toMatchObject({
      outcome: 'granted',
      lease: { generation: 6, firstExecutionRunId: 'new', sealed: 'token-3' as Sealed },
    })
    expect(state.status(T0 + 1000).status).toBe('active')
  })

  it('is no sign of a reset, whereas one of its own above the current is', () => {
    const state = new OpenState({ ...activeParts(), firstExecutionRunId: 'same' })
    state.enqueue({ ...request, knownGeneration: 5, knownFirstExecutionRunId: 'same' }, T0 + 1000)
    expect(state.status(T0 + 1000)).toMatchObject({ status: 'needs_reauth', reason: 'rolled_back' })
  })

  it('that was refused is no refusal of the new credential', () => {
    const state = new OpenState(startedAnew())
    const rejected = { generation: 5, status: 401 }
    state.enqueue(
      { ...request, knownGeneration: 5, knownFirstExecutionRunId: 'old', rejected },
      T0 + 1000,
    )
    expect(state.takeReplies(T0 + 1000)[0]?.reply).toMatchObject({ lease: { generation: 6 } })
    expect(state.due(T0 + 1000).now).toBeUndefined()
  })
})

/** Of a token workflow that was started anew. */
function startedAnew(): TokenParts {
  const parts = activeParts()
  return { ...parts, firstExecutionRunId: 'new', token: { ...parts.token, generation: 1 } }
}
