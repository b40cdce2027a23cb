import { expect, it } from 'vitest'
import { TOKEN_SIGNALS } from '../../../src/contract/messages.js'
import { isTemporalId, isWellFormed, MAX_GENERATION } from '../../../src/contract/outside-values.js'
import type { Sealed } from '../../../src/contract/sealed.js'
import { CARRIED_BYTES, jsonBytes, toCarried } from '../../../workflows/token/carried.js'
import { ROUTINE_LENGTH, STORY_LENGTH } from '../../../workflows/token/parts/story.js'
import { toGiven } from '../../../workflows/token/await-rotation.js'
import {
  type Read,
  readAsked,
  readCancelLease,
  readDefinitionNotice,
  readGivenCredential,
  readLeaseRequest,
} from '../../../workflows/token/read-message.js'
import { forgetTries } from '../../../workflows/token/parts/refresh.js'
import { holdToken, withDoubt } from '../../../workflows/token/parts/token.js'
import { OpenState } from './open-state.js'
import { messages } from '../../integration/hostile-messages.js'
import { activeParts, healthOf, HOUR, T0 } from './token-fixtures.js'

const SEED = Number(process.env['MESSAGE_FUZZ_SEED'] ?? 20_261_129)
const COUNT = Number(process.env['STATE_FUZZ_COUNT'] ?? 20_000)
const CANARY = 'canary-never-repeated'

/** As the handlers of the workflow do, without Temporal. */
function take(state: OpenState, name: string, value: unknown, nowMs: number, id: string): void {
  const on = <T>(read: Read<T>, then: (message: T) => string | undefined): void => {
    const refused = read.outcome === 'read' ? then(read.message) : read.reason
    if (refused !== undefined) state.refuseMessage(name, refused, nowMs)
  }
  switch (name) {
    case TOKEN_SIGNALS.lease:
      on(readLeaseRequest(value, state.parts.definition.maxIdBytes), (request) =>
        state.enqueue(request, nowMs),
      )
      return
    case TOKEN_SIGNALS.cancelLease:
      on(readCancelLease(value), ({ requestId }) => {
        state.forget([requestId])
        return undefined
      })
      return
    case TOKEN_SIGNALS.definition:
      on(readDefinitionNotice(value), (notice) => {
        state.noticeWorker(notice)
        return undefined
      })
      return
    case TOKEN_SIGNALS.rotate:
      on(readGivenCredential(value), (given) =>
        state.addRotation({ ...toGiven(given), id, as: 'rotate', tries: 0, prior: 'clean' }, nowMs),
      )
      return
    case TOKEN_SIGNALS.pause:
    case TOKEN_SIGNALS.resume:
    case TOKEN_SIGNALS.refresh: {
      const command = name.replace('tokenkeeper.', '') as 'pause' | 'resume' | 'refresh'
      on(readAsked(value), ({ actor }) => {
        state.command(command, nowMs, actor)
        return undefined
      })
      return
    }
    default:
      state.refuseMessage(name, 'no such signal', nowMs)
  }
}

/** What would be something else in the next run: no number, or not a thing of JSON. */
function unlikeJson(value: unknown, path = ''): string[] {
  if (typeof value === 'number') return Number.isFinite(value) ? [] : [`${path}: ${String(value)}`]
  if (typeof value !== 'object' || value === null)
    return ['string', 'boolean', 'undefined'].includes(typeof value) || value === null
      ? []
      : [`${path}: ${typeof value}`]
  return Object.entries(value).flatMap(([key, inner]) => unlikeJson(inner, `${path}.${key}`))
}

it(`${String(COUNT)} hostile messages by seed: the state stays within its bounds and serves afterwards`, () => {
  let state = new OpenState(activeParts())
  const { revoke: _ends, ...names } = TOKEN_SIGNALS
  let nowMs = T0
  let step = 0
  for (const { name, args } of messages(SEED, COUNT, Object.values(names), CANARY)) {
    step += 1
    nowMs += step % 7
    const where = `seed ${String(SEED)}, message ${String(step)}: ${name} ${JSON.stringify(args).slice(0, 300)}`
    take(state, name, args[0], nowMs, String(step))
    if (step % 50 !== 0) continue
    expect(() => state.due(nowMs), where).not.toThrow()
    for (const { replyTo, reply } of state.takeReplies(nowMs)) {
      expect(isTemporalId(replyTo), where).toBe(true)
      expect(isWellFormed(JSON.stringify(reply)), where).toBe(true)
    }
    // Who waits is named by the id that it gave, whatever that is.
    const { waitingFlows: _ids, ...status } = state.status(nowMs)
    const told = JSON.stringify([status, state.parts.story.events])
    expect(told, where).not.toContain(CANARY)
    expect(isWellFormed(told), where).toBe(true)
    expect(state.parts.story.events.length, where).toBeLessThanOrEqual(
      STORY_LENGTH + ROUTINE_LENGTH,
    )
    const {
      token: { generation, highestGeneration },
    } = state.parts
    expect(Math.max(generation, highestGeneration), where).toBeLessThan(MAX_GENERATION)
    if (step % 1000 !== 0) continue
    const carried = toCarried(state.parts, nowMs)
    expect(jsonBytes(carried), where).toBeLessThanOrEqual(CARRIED_BYTES)
    expect(unlikeJson(carried), where).toEqual([])
    state = new OpenState(carried)
  }
  // What a keeper does next: a new credential is taken, and a token of an hour with it.
  const { parts } = state
  const held = { sealed: 'token-new' as Sealed, issuedAtMs: nowMs, hardAtMs: nowMs + HOUR }
  parts.health = healthOf('active')
  parts.definition = { ...parts.definition, describeNeeded: false }
  parts.rotations = []
  parts.refresh = forgetTries(parts.refresh)
  parts.token = withDoubt(holdToken(parts.token, held), undefined)
  state.command('resume', nowMs)
  expect(state.currentLease(nowMs), `seed ${String(SEED)}`).toMatchObject({ outcome: 'granted' })
})
