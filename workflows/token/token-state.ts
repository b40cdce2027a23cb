import type {
  CurrentLease,
  LeaseReply,
  LeaseRequest,
  OperatorCommand,
} from '../../src/contract/messages.js'
import type { ConnectionStatus } from '../../src/contract/token-status.js'
import { connectionStatus } from './connection-status.js'
import { dueWork, type Due } from './due-work.js'
import { tell } from './life-story.js'
import { afterRelease, nextReleaseAtMs, releasable } from './release-pace.js'
import { demandRefresh, refreshNow, reportRejection, seeGeneration } from './refresh-reasons.js'
import { serve, statusOf } from './request-table.js'
import { revoke } from './revocation.js'
import { MAX_ROTATIONS } from './rotation.js'
import { settleDoom } from './token-results.js'
import type { Rotation, TokenSnapshot, Waiter } from './token-snapshot.js'
import { waitingMessage } from './waiting-message.js'
import { settleWarnings } from './warnings.js'

export interface AddressedReply {
  readonly replyTo: string
  readonly reply: LeaseReply
}

/** Answers that leave in one workflow task. The server ends a workflow whose task grows past the message limit. */
export const BATCH_COUNT = 100
export const BATCH_BYTES = 1024 * 1024
const REPLY_OVERHEAD_BYTES = 1024

/** The state of a connection, without I/O: takes in what comes and says what is to be done. */
export class TokenState {
  constructor(readonly snapshot: TokenSnapshot) {}

  /** Queues a request; the same id again changes nothing. */
  enqueue(request: LeaseRequest, nowMs: number): void {
    const { snapshot } = this
    if (request.knownGeneration !== undefined)
      seeGeneration(snapshot, request.knownGeneration, nowMs, request.knownLine)
    if (request.rejected !== undefined)
      reportRejection(snapshot, request.rejected, request.replyTo, nowMs, request.knownLine)
    demandRefresh(snapshot, nowMs)
    if (request.replyTo === '') return
    if (snapshot.waiters.some((waiter) => waiter.requestId === request.requestId)) return
    const { generation: atGeneration, tries: atTries } = snapshot
    snapshot.waiters.push({ ...request, atGeneration, atTries })
  }

  /** Forgets a request whose asker no longer waits. */
  cancel(requestId: string): void {
    const { snapshot } = this
    snapshot.waiters = snapshot.waiters.filter((waiter) => waiter.requestId !== requestId)
  }

  /** Takes the next batch of answers out of the queue; flows that were parked go on at a pace. */
  takeReplies(nowMs: number): AddressedReply[] {
    const { snapshot } = this
    const replies: AddressedReply[] = []
    const left: Waiter[] = []
    const pace = snapshot.release
    const room = pace === undefined ? Number.POSITIVE_INFINITY : releasable(pace, nowMs)
    let released = 0
    let bytes = 0
    for (const waiter of snapshot.waiters) {
      if (replies.length >= BATCH_COUNT || bytes >= BATCH_BYTES) {
        left.push(waiter)
        continue
      }
      const { reply, stays } = this.#reply(waiter, nowMs)
      const isReleased = reply?.outcome === 'granted' && waiter.told !== undefined
      if (isReleased && released >= room) {
        left.push(waiter)
        continue
      }
      if (reply !== undefined) {
        const size = reply.outcome === 'granted' ? reply.lease.sealed.length : 0
        if (replies.length > 0 && bytes + size + REPLY_OVERHEAD_BYTES > BATCH_BYTES) {
          left.push(waiter)
          bytes = BATCH_BYTES
          continue
        }
        bytes += size + REPLY_OVERHEAD_BYTES
        replies.push({ replyTo: waiter.replyTo, reply })
        if (reply.outcome === 'granted') snapshot.counts.leases += 1
        if (isReleased) released += 1
      }
      if (stays !== undefined) left.push(stays)
    }
    snapshot.waiters = left
    if (pace !== undefined && released > 0) snapshot.release = afterRelease(pace, released, nowMs)
    return replies
  }

  /** What is to be done now, or when. */
  due(nowMs: number): Due {
    settleDoom(this.snapshot, nowMs)
    settleWarnings(this.snapshot, nowMs)
    return this.#withRelease(dueWork(this.snapshot, nowMs), nowMs)
  }

  /** Wakes the workflow for the parked flows that have to wait for their turn. */
  #withRelease(due: Due, nowMs: number): Due {
    const { release, waiters, connection } = this.snapshot
    if (release === undefined || due.now !== undefined) return due
    const isHeld = (waiter: Waiter): boolean =>
      waiter.told !== undefined && serve(this.snapshot, waiter, nowMs).serve === 'grant'
    if (!waiters.some(isHeld)) return due
    const atMs = Math.max(nowMs, nextReleaseAtMs(release))
    if (due.atMs !== undefined && due.atMs <= atMs) return due
    return { atMs, summary: `parked flows of ${connection} go on, one after the other` }
  }

  /** Queues a new credential, or says why it is not taken. */
  addRotation(rotation: Rotation): string | undefined {
    const { snapshot } = this
    if (snapshot.rotations.length >= MAX_ROTATIONS)
      return `${String(MAX_ROTATIONS)} new credentials wait already`
    if (snapshot.health === 'revoked' && rotation.as === 'rotate')
      return `${snapshot.connection} is revoked; connect it anew`
    snapshot.rotations = [...snapshot.rotations, rotation]
    return undefined
  }

  /** @param atProvider the provider is told of a revocation as well */
  command(
    command: Exclude<OperatorCommand, { command: 'rotate' }>['command'],
    nowMs: number,
    atProvider = false,
  ): void {
    const { snapshot } = this
    const event = { atMs: nowMs, cause: 'operator', generation: snapshot.generation } as const
    switch (command) {
      case 'pause':
        if (!snapshot.paused) tell(snapshot, { ...event, event: 'paused' })
        snapshot.paused = true
        return
      case 'resume':
        if (snapshot.paused) tell(snapshot, { ...event, event: 'resumed' })
        snapshot.paused = false
        return
      case 'revoke':
        if (snapshot.health !== 'revoked') revoke(snapshot, nowMs, atProvider)
        return
      case 'refresh': {
        const refused = refreshNow(snapshot, nowMs)
        if (refused !== undefined) this.refuseMessage('tokenkeeper.refresh', refused, nowMs)
        return
      }
      default: {
        const impossible: never = command
        throw new TypeError(`unknown command ${String(impossible)}`)
      }
    }
  }

  /** A worker tells of a definition; another one than the known is described anew. */
  noticeDefinition(fingerprint: string): void {
    const { snapshot } = this
    if (snapshot.facts?.fingerprint !== fingerprint || snapshot.unknownConnector !== undefined)
      snapshot.describeNeeded = true
  }

  refuseMessage(name: string, reason: string, nowMs: number): void {
    tell(this.snapshot, {
      atMs: nowMs,
      event: 'message_refused',
      cause: `${name.slice(0, 80)}: ${reason}`,
    })
  }

  status(nowMs: number): ConnectionStatus {
    return connectionStatus(this.snapshot, nowMs)
  }

  /** For code inside activities, which asks by query. */
  currentLease(nowMs: number): CurrentLease {
    const { snapshot } = this
    const asker = { requestId: '', replyTo: '', minValidityMs: 0 }
    const { generation: atGeneration, tries: atTries } = snapshot
    const serving = serve(snapshot, { ...asker, atGeneration, atTries }, nowMs)
    if (serving.serve === 'grant') return { outcome: 'granted', lease: serving.lease }
    return {
      outcome: 'unavailable',
      status: statusOf(snapshot),
      generation: snapshot.generation,
      message: waitingMessage(snapshot),
    }
  }

  #reply(waiter: Waiter, nowMs: number): { reply?: LeaseReply; stays?: Waiter } {
    const { snapshot } = this
    const { requestId } = waiter
    const serving = serve(snapshot, waiter, nowMs)
    if (serving.serve === 'grant')
      return { reply: { requestId, outcome: 'granted', lease: serving.lease } }
    const message = waitingMessage(snapshot)
    if (serving.serve === 'deny')
      return { reply: { requestId, outcome: 'denied', code: serving.code, message } }
    const status = statusOf(snapshot)
    if (serving.for === 'refresh' || waiter.told === status) return { stays: waiter }
    const { reason, searchAttributes } = snapshot
    return {
      reply: {
        requestId,
        outcome: 'waiting',
        status,
        ...(reason === undefined ? {} : { reason }),
        message,
        searchAttributes,
      },
      stays: { ...waiter, told: status },
    }
  }
}
