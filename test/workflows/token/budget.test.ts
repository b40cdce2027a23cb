import { describe, expect, it } from 'vitest'
import {
  formatConnection,
  parseConnection,
  tokenWorkflowId,
} from '../../../src/contract/connection-ref.js'
import { limitWorkflowId } from '../../../src/contract/limit.js'
import { isTemporalId, LEAST_MAX_ID_BYTES } from '../../../src/contract/outside-values.js'
import type { Sealed } from '../../../src/contract/sealed.js'
import { syncWorkflowId } from '../../../src/contract/sync-workflow-id.js'
import { isIncrementalId, watermarkWorkflowId } from '../../../src/contract/watermark-messages.js'
import {
  keepAuthorization,
  noRoomForAuthorization,
} from '../../../workflows/token/authorizations.js'
import { CARRIED_BYTES, jsonBytes, toCarried } from '../../../workflows/token/carried.js'
import { refuseToken } from '../../../workflows/token/parts/token.js'
import { record } from '../../../workflows/token/life-story.js'
import {
  REFUSALS_TOLD,
  ROUTINE_LENGTH,
  STORY_LENGTH,
} from '../../../workflows/token/parts/story.js'
import { startParts, type TokenParts } from '../../../workflows/token/token-parts.js'
import type { Rotation } from '../../../workflows/token/parts/rotations.js'
import { ASK_AGAIN_PARKED_MS, ASK_AGAIN_USABLE_MS } from '../../../workflows/token/waiters.js'
import { applyDescription } from '../../../workflows/token/token-results.js'
import { OpenState } from './open-state.js'
import { startQueue, startRelease, WAITERS_BYTES } from '../../../workflows/token/parts/queue.js'
import { activeParts, healthOf, HOUR, T0 } from './token-fixtures.js'

const sealed = (bytes: number): Sealed =>
  `tk1.0123456789abcdef.${'A'.repeat(43)}.${'B'.repeat(bytes - 65)}` as Sealed
const KIB = 1024
const GREATEST = 128 * KIB

const paused = (more: Partial<TokenParts> = {}): OpenState =>
  new OpenState({
    ...activeParts(),
    health: healthOf('active', undefined, true),
    queue: startRelease(startQueue(T0), T0),
    ...more,
  })

function crowd(state: OpenState, count: number, nameLength: number, nowMs = T0): void {
  for (let n = 0; n < count; n += 1)
    state.enqueue(
      {
        requestId: `request-${String(n)}`,
        replyTo: `flow-${String(n)}-`.padEnd(nameLength, 'x'),
        minValidityMs: 0,
        knownGeneration: 3,
        knownFirstExecutionRunId: 'first',
      },
      nowMs,
    )
}

function drain(state: OpenState, nowMs: number) {
  const replies = []
  for (;;) {
    const batch = state.takeReplies(nowMs)
    if (batch.length === 0) return replies
    replies.push(...batch)
  }
}

describe('waiting flows', () => {
  it.each([47, 200, 1000])(
    '20,000 of them with ids of %i bytes: the first are remembered, the others told to ask again, none twice',
    (nameLength) => {
      const state = paused()
      crowd(state, 20_000, nameLength)
      const replies = drain(state, T0)
      expect(new Set(replies.map(({ reply }) => reply.requestId)).size).toBe(20_000)
      expect(replies).toHaveLength(20_000)
      const {
        queue: { waiters },
      } = state.parts
      expect(jsonBytes(waiters)).toBeLessThanOrEqual(WAITERS_BYTES)
      expect(waiters.length).toBeGreaterThan(WAITERS_BYTES / (nameLength + 400))
      const sentAway = replies.filter(({ reply }) => 'askAgainMs' in reply)
      expect(sentAway).toHaveLength(20_000 - waiters.length)
      for (const { reply } of sentAway)
        expect(reply).toMatchObject({ outcome: 'waiting', askAgainMs: ASK_AGAIN_PARKED_MS })
      expect(jsonBytes(toCarried(state.parts, T0))).toBeLessThan(CARRIED_BYTES)
    },
  )

  it('that are sent away while a refresh is all that is missing ask again soon, and are served then', () => {
    const parts = activeParts()
    parts.token = refuseToken(parts.token)
    const state = new OpenState(parts)
    crowd(state, 5000, 200)
    const away = drain(state, T0).filter(({ reply }) => 'askAgainMs' in reply)
    expect(away.length).toBeGreaterThan(1000)
    expect(away[0]?.reply).toMatchObject({ askAgainMs: ASK_AGAIN_USABLE_MS, status: 'active' })
    parts.token = { ...parts.token, rejectedGeneration: undefined }
    const [first] = away
    state.enqueue(
      { requestId: first?.reply.requestId ?? '', replyTo: first?.replyTo ?? '', minValidityMs: 0 },
      T0 + 60_000,
    )
    const granted = drain(state, T0 + 60_000).map(({ reply }) => reply)
    expect(granted.every(({ outcome }) => outcome === 'granted')).toBe(true)
    expect(granted.map(({ requestId }) => requestId)).toContain(first?.reply.requestId)
  })

  it('that do not ask again are forgotten after a while, those that do are not, and the workflow wakes for it', () => {
    const state = paused()
    crowd(state, 10, 47)
    drain(state, T0)
    const ask = (id: string, nowMs: number) =>
      state.enqueue({ requestId: id, replyTo: 'flow-3', minValidityMs: 0 }, nowMs)
    ask('request-3', T0 + 2 * HOUR)
    const wakes = [state.due(T0 + 2 * HOUR).atMs ?? 0]
    state.parts.token = { ...state.parts.token, held: { sealed: sealed(KIB), issuedAtMs: T0 } }
    wakes.push(state.due(T0 + 2 * HOUR).atMs ?? 0)
    expect(Math.max(...wakes)).toBeLessThanOrEqual(T0 + 4 * HOUR)
    drain(state, T0 + 4 * HOUR)
    expect(state.parts.queue.waiters.map(({ requestId }) => requestId)).toEqual(['request-3'])
  })

  it('that ask more seldom by their own wish are remembered accordingly', () => {
    const state = paused()
    state.enqueue(
      { requestId: 'slow', replyTo: 'flow', minValidityMs: 0, askAgainMs: 24 * HOUR },
      T0,
    )
    drain(state, T0)
    drain(state, T0 + 48 * HOUR)
    expect(state.status(T0 + 48 * HOUR).waiting).toBe(1)
  })

  it('that heard nothing before their run ended are counted, for they ask again', () => {
    const state = paused()
    crowd(state, 3000, 1000)
    expect(state.fitsBudget()).toBe(false)
    const { queue, story } = toCarried(state.parts, T0)
    const { waiters } = queue
    const times = 3000 - waiters.length
    expect(times).toBeGreaterThan(2000)
    expect(story.refusedMessages).toBe(times)
    expect(story.events.at(-1)).toMatchObject({ event: 'message_refused', times })
    drain(state, T0)
    expect(state.fitsBudget()).toBe(true)
  })

  it('vanish when their flow is gone', () => {
    const state = paused()
    crowd(state, 3, 47)
    drain(state, T0)
    state.forget(['request-1', 'never-there'])
    expect(state.status(T0).waiting).toBe(2)
  })
})

describe('a generation that can not be', () => {
  it.each([1e308, 2 ** 53, 2_000_000, 1_000_004])(
    '%d is refused and changes nothing',
    (generation) => {
      const state = new OpenState(activeParts())
      const request = {
        requestId: 'r',
        replyTo: 'f',
        minValidityMs: 0,
        knownFirstExecutionRunId: 'x',
      }
      const before = JSON.stringify(state.parts)
      expect(state.enqueue({ ...request, knownGeneration: generation }, T0)).toContain('generation')
      const rejected = { generation, status: 401 }
      expect(state.enqueue({ ...request, rejected }, T0)).toContain('generation')
      expect(JSON.stringify(state.parts)).toBe(before)
    },
  )
})

describe('the largest of everything at once', () => {
  const rotation = (n: number, more: Partial<Rotation> = {}): Rotation => ({
    id: String(n),
    as: 'rotate',
    source: { sealed: sealed(GREATEST) },
    tries: 0,
    prior: 'clean',
    ...more,
  })

  it('is refused beyond its budget where it comes in', () => {
    const state = paused()
    const refused = Array.from({ length: 20 }, (_none, n) => state.addRotation(rotation(n), T0))
    expect(refused.filter((reason) => reason === undefined)).toHaveLength(2)
    expect(refused.at(-1)).toContain('too large')
    const small = paused()
    for (let n = 0; n < 20; n += 1)
      expect(
        small.addRotation(rotation(n, { source: { sealed: sealed(8 * KIB) } }), T0),
      ).toBeUndefined()
  })

  it('fits into one payload whatever has come together, and what is needed stays', () => {
    const state = paused()
    const { parts } = state
    const held = { sealed: sealed(GREATEST), issuedAtMs: T0 }
    parts.token = { ...parts.token, held }
    parts.grant = { ...parts.grant, sealed: sealed(GREATEST) }
    const pending = { grant: sealed(GREATEST), token: sealed(GREATEST), tries: 1 }
    parts.revocation = { pending }
    crowd(state, 5000, 1000)
    drain(state, T0)
    const begun = (n: number) => ({
      stateHash: String(n).padEnd(43, 'x'),
      bindingHash: 'b'.repeat(43),
      codeChallenge: 'c'.repeat(43),
      sealedVerifier: sealed(4 * KIB),
      redirectUri: 'r'.repeat(4000),
      scope: 's'.repeat(4000),
      variables: { shop: 'v'.repeat(4000) },
    })
    const made = { outcome: 'made', url: 'u' } as const
    for (let n = 0; n < 20; n += 1)
      if (noRoomForAuthorization(parts, begun(n), T0) === undefined)
        keepAuthorization(parts, begun(n), made, T0)
    expect(parts.authorizations.length).toBeGreaterThan(5)
    const minted = { token: parts.token.held, grant: parts.grant.sealed, runId: 'run' } as never
    parts.rotations = [
      rotation(1, { grant: sealed(GREATEST), minted }),
      ...[2, 3, 4, 5, 6, 7].map((n) => rotation(n)),
    ]
    for (let n = 0; n < 500; n += 1)
      record(parts, { atMs: T0, event: 'refresh_failed', cause: 'é'.repeat(4000) })
    const carried = toCarried(parts, T0)
    expect(jsonBytes(parts)).toBeGreaterThan(CARRIED_BYTES)
    expect(jsonBytes(carried)).toBeLessThanOrEqual(CARRIED_BYTES)
    expect(carried.grant.sealed).toBe(parts.grant.sealed)
    expect(carried.rotations[0]).toMatchObject({ id: '1', minted: { runId: 'run' } })
    expect(carried.story.events.at(-1)).toMatchObject({ event: 'rotation_refused' })
  })
})

describe('the life story', () => {
  it('keeps what is rare, however much of the frequent comes', () => {
    const { parts } = paused()
    record(parts, { atMs: T0, event: 'rotated', cause: 'kept' })
    record(parts, { atMs: T0, event: 'revoked', cause: 'kept' })
    for (let n = 0; n < 300; n += 1) record(parts, { atMs: T0 + n, event: 'refresh_failed' })
    for (let n = 0; n < 1000; n += 1) record(parts, { atMs: T0 + n, event: 'refreshed' })
    const { events } = parts.story
    expect(events.filter(({ routine }) => routine === true)).toHaveLength(ROUTINE_LENGTH)
    expect(events.filter(({ routine }) => routine === undefined)).toHaveLength(STORY_LENGTH)
    expect(events.filter(({ cause }) => cause === 'kept')).toHaveLength(2)
    const failures = events.filter(({ event }) => event === 'refresh_failed')
    expect(failures.length).toBeGreaterThan(STORY_LENGTH - 5)
  })

  it('tells a refused message once and counts it', () => {
    const state = paused()
    record(state.parts, { atMs: T0, event: 'rotated' })
    for (let n = 0; n < 500; n += 1) state.refuseMessage('tokenkeeper.pause', 'no', T0 + n)
    for (let n = 0; n < 500; n += 1) state.refuseMessage(`n-${String(n)}`, 'no such signal', T0 + n)
    const refused = state.parts.story.events.filter(({ event }) => event === 'message_refused')
    expect(refused).toHaveLength(REFUSALS_TOLD)
    expect(state.status(T0).counts.refusedMessages).toBe(1000)
    expect(state.parts.story.events.some(({ event }) => event === 'rotated')).toBe(true)
    const one = paused()
    for (let n = 0; n < 3; n += 1) one.refuseMessage('tokenkeeper.pause', 'no', T0 + n)
    expect(one.parts.story.events.at(-1)).toEqual({
      atMs: T0,
      event: 'message_refused',
      cause: 'tokenkeeper.pause: no',
      times: 3,
      lastAtMs: T0 + 2,
      routine: true,
    })
  })

  it.each([
    '[Session expired: sign in again](https://evil.example/login)',
    'https://evil.example',
    'www.evil.example',
    '# heading',
    '\u001b]0;owned\u0007',
    '\ud800',
    'tokenkeeper.x'.padEnd(5000, 'x'),
  ])('shows nothing of a signal name that could be more than a name: %j', (name) => {
    const state = paused()
    state.refuseMessage(name, 'no such signal', T0)
    const cause = state.parts.story.events.at(-1)?.cause ?? ''
    expect(cause).toMatch(/^[\w?-]{1,80}: no such signal$/)
  })
})

describe('on a cluster where ids may have 255 bytes', () => {
  const described = { outcome: 'unknown', message: 'no connector', searchAttributes: [] } as const
  const ask = (state: OpenState, name: string): string | undefined =>
    state.enqueue({ requestId: name.slice(0, 9), replyTo: name, minValidityMs: 0 }, T0)
  const [short, long] = ['short'.padEnd(255, 'x'), 'é'.repeat(128)]
  const told = (state: OpenState): string[] => drain(state, T0).map(({ replyTo }) => replyTo)

  it('flows with longer ids are answered only when a keeper has told that they may be', () => {
    for (const maxIdBytes of [255, 256, 1000]) {
      const state = new OpenState(startParts('shop/acme', T0))
      ask(state, short)
      ask(state, long)
      // Nobody is told of a pending connection before it is described.
      expect(told(state)).toEqual([])
      applyDescription(state.parts, { ...described, maxIdBytes }, T0)
      const answered = told(state)
      expect(answered).toContain(short)
      expect(answered.includes(long)).toBe(maxIdBytes !== 255)
      const { story, queue } = state.parts
      if (maxIdBytes === 255)
        expect(queue.waiters.map(({ replyTo }) => replyTo)).not.toContain(long)
      expect(story.refusedMessages ?? 0).toBe(maxIdBytes === 255 ? 1 : 0)
      if (maxIdBytes === 255)
        expect(story.events.at(-1)?.cause).toContain('a text of 1 to 255 bytes')
    }
  })

  it('the ids that are made of the longest names fit', () => {
    const ref = { connector: 'c'.repeat(64), account: 'a'.repeat(180) }
    expect(parseConnection(formatConnection(ref))).toEqual(ref)
    for (const id of [tokenWorkflowId(ref), limitWorkflowId(ref)])
      expect(isTemporalId(id, LEAST_MAX_ID_BYTES)).toBe(true)
    expect(parseConnection(formatConnection({ ...ref, account: 'a'.repeat(181) }))).toBeUndefined()
    const incremental = 'é'.repeat(100)
    expect(isIncrementalId(incremental)).toBe(true)
    expect(isIncrementalId(`${incremental}x`)).toBe(false)
    expect(isTemporalId(watermarkWorkflowId(incremental), LEAST_MAX_ID_BYTES)).toBe(true)
    const work = {
      from: { connection: 'shop', endpoint: 'orders' },
      to: { connection: 'erp', endpoint: 'orders' },
    }
    expect(() => syncWorkflowId(work, '€'.repeat(120))).toThrow('give a shorter name')
  })
})
