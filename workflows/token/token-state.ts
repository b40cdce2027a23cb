import type {
  CurrentLease,
  DefinitionNotice,
  LeaseRequest,
  OperatorCommand,
} from '../../src/contract/messages.js'
import { MAX_GENERATION_JUMP } from '../../src/contract/outside-values.js'
import type { ConnectionStatus } from '../../src/contract/token-status.js'
import { jsonBytes } from './carried.js'
import { connectionStatus } from './connection-status.js'
import { settleDoubt } from './doubt-looks.js'
import { dueWork, type Due } from './due-work.js'
import { tell, tellRefused } from './life-story.js'
import { noticeKeys } from './keys-in-use.js'
import { nextReleaseAtMs } from './release-pace.js'
import { demandRefresh, refreshNow, reportRejection, seeGeneration } from './refresh-reasons.js'
import { pause, statusOf } from './parts/health.js'
import { serve } from './request-table.js'
import { revoke, settleEnding } from './revocation.js'
import { dropDelayed, MAX_ROTATIONS } from './rotation-list.js'
import { type AddressedReply, takeReplies } from './take-replies.js'
import { settleVerdict } from './token-results.js'
import type { Rotation, TokenSnapshot, Waiter } from './token-snapshot.js'
import { nextForgottenAtMs, Waiters, withinBudget } from './waiters.js'
import { waitingMessage } from './waiting-message.js'
import { settleWarnings } from './warnings.js'

/** What may be remembered of new credentials that wait for their turn. */
const ROTATIONS_BYTES = 384 * 1024

/** The state of a connection, without I/O: takes in what comes and says what is to be done. */
export class TokenState {
  readonly #waiters: Waiters

  constructor(readonly snapshot: TokenSnapshot) {
    this.#waiters = new Waiters(snapshot)
  }

  /** Queues a request, or says why it is not taken; the same id again only shows that somebody still waits. */
  enqueue(request: LeaseRequest, nowMs: number): string | undefined {
    const { snapshot } = this
    const { knownGeneration = 0, rejected } = request
    const ahead = Math.max(knownGeneration, rejected?.generation ?? 0) - snapshot.highestGeneration
    if (ahead > MAX_GENERATION_JUMP)
      return `it names a generation that is ${String(ahead)} above what was ever given`
    if (request.knownGeneration !== undefined)
      seeGeneration(snapshot, request.knownGeneration, nowMs, request.knownLine)
    const isOwn =
      rejected !== undefined &&
      reportRejection(snapshot, rejected, request.replyTo, nowMs, request.knownLine)
    demandRefresh(snapshot, nowMs)
    if (request.replyTo !== '') this.#waiters.add(request, nowMs, isOwn)
    return undefined
  }

  /** Forgets requests whose askers no longer wait. */
  forget(requestIds: Iterable<string>): void {
    this.#waiters.remove(requestIds)
  }

  /** Takes the next batch of answers out of the queue. */
  takeReplies(nowMs: number): AddressedReply[] {
    const { replies, left } = takeReplies(this.snapshot, nowMs)
    this.#waiters.keep(left)
    return replies
  }

  /** Whether all that wait may be remembered. */
  fitsBudget(): boolean {
    const { waiters } = this.snapshot
    return withinBudget(waiters).length === waiters.length
  }

  /** What is to be done now, or when. */
  due(nowMs: number): Due {
    settleVerdict(this.snapshot, nowMs)
    settleDoubt(this.snapshot, nowMs)
    settleWarnings(this.snapshot, nowMs)
    settleEnding(this.snapshot, nowMs)
    return this.#withForgotten(this.#withRelease(dueWork(this.snapshot, nowMs), nowMs))
  }

  /** Wakes the workflow for waiters that nothing was heard of. */
  #withForgotten(due: Due): Due {
    const atMs = nextForgottenAtMs(this.snapshot.waiters)
    if (due.now !== undefined || atMs === undefined) return due
    if (due.atMs !== undefined && due.atMs <= atMs) return due
    return { atMs, summary: `forget flows that no longer wait for ${this.snapshot.connection}` }
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
  addRotation(rotation: Rotation, nowMs: number): string | undefined {
    const { snapshot } = this
    if (snapshot.health.kind === 'revoked' && rotation.as === 'rotate')
      return `${snapshot.connection} is revoked; connect it anew`
    const isFull = (): boolean => snapshot.rotations.length >= MAX_ROTATIONS
    const isTooLarge = (): boolean => jsonBytes([...snapshot.rotations, rotation]) > ROTATIONS_BYTES
    while ((isFull() || isTooLarge()) && dropDelayed(snapshot, nowMs));
    if (isFull()) return `${String(MAX_ROTATIONS)} new credentials wait already`
    if (isTooLarge())
      return `the new credentials that wait already are too large to take another one`
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
        if (!snapshot.health.paused) tell(snapshot, { ...event, event: 'paused' })
        snapshot.health = pause(snapshot.health, true)
        return
      case 'resume':
        if (snapshot.health.paused) tell(snapshot, { ...event, event: 'resumed' })
        snapshot.health = pause(snapshot.health, false)
        return
      case 'revoke':
        if (snapshot.health.kind !== 'revoked') revoke(snapshot, nowMs, atProvider)
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

  /** A worker tells of its definition and keys; another definition than the known is described anew. */
  noticeWorker({ fingerprint, keyIds }: DefinitionNotice): void {
    const { snapshot } = this
    if (snapshot.facts?.fingerprint !== fingerprint || snapshot.unknownConnector !== undefined)
      snapshot.describeNeeded = true
    if (keyIds !== undefined) noticeKeys(snapshot, keyIds)
  }

  refuseMessage(name: string, reason: string, nowMs: number): void {
    tellRefused(this.snapshot, name, reason, nowMs)
  }

  /** Somebody asked Temporal to cancel the workflow: it goes on, for the credential would be lost. */
  refuseCancellation(nowMs: number): void {
    const { snapshot } = this
    tell(snapshot, {
      atMs: nowMs,
      event: 'cancellation_ignored',
      cause:
        'cancelling changes nothing, for the credential would be lost: to end the connection, revoke it (npx tokenkeeper revoke, or the signal tokenkeeper.revoke)',
      generation: snapshot.generation,
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
    const serving = serve(snapshot, { ...asker, atGeneration, atTries, askedAtMs: nowMs }, nowMs)
    if (serving.serve === 'grant') return { outcome: 'granted', lease: serving.lease }
    return {
      outcome: 'unavailable',
      status: statusOf(snapshot.health),
      generation: snapshot.generation,
      message: waitingMessage(snapshot),
    }
  }
}
