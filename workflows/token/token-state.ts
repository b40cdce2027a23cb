import type { Actor } from '../../src/contract/actor.js'
import type { BeginAuthorization, CompleteAuthorization } from '../../src/contract/authorization.js'
import type {
  CurrentLease,
  DefinitionNotice,
  LeaseRequest,
  OperatorCommand,
} from '../../src/contract/messages.js'
import type { ConnectLinkResult, ConnectLinkUse } from '../../src/contract/connect-form.js'
import { MAX_GENERATION_JUMP } from '../../src/contract/outside-values.js'
import type { Sealed } from '../../src/contract/sealed.js'
import type { AuthorizationUrlResult } from '../../src/contract/token-activities.js'
import type { ConnectionStatus, StoryEvent } from '../../src/contract/token-status.js'
import {
  type AuthorizationRefusal,
  deadCallback,
  keepAuthorization,
  noRoomForAuthorization,
  takeCallback,
} from './authorizations.js'
import { toCarried } from './carried.js'
import { spreadLate } from './catch-up.js'
import { useConnectLink } from './use-connect-link.js'
import { connectionStatus } from './connection-status.js'
import { type AddressedReply, currentLease, takeReplies, Waiters } from './waiters.js'
import { settleDoubt } from './doubt-looks.js'
import { dueWork, rotationAtMs } from './due-work.js'
import { noticeKeys } from './sealing-keys.js'
import { recordCancellation, recordRefused } from './life-story.js'
import { NoticeOutbox } from './notice-outbox.js'
import { OperatorActs } from './operator-acts.js'
import { applyCommand } from './operator-commands.js'
import { describeAgain } from './parts/definition.js'
import { startRelease, withinBudget } from './parts/queue.js'
import type { Rotation } from './parts/rotations.js'
import { reportRejection, seeGeneration } from './refresh-reasons.js'
import { settleEnding } from './revocation.js'
import { queueRotation } from './rotation-list.js'
import { type TokenParts, type TokenSnapshot, toSnapshot } from './token-parts.js'
import { settleVerdict } from './token-results.js'
import { carryOut } from './token-work.js'
import { noteUse, tellUseFromMs } from './use.js'
import type { WorkContext } from './work-context.js'
import { waitingMessage } from './waiting-message.js'
import { settleWarnings } from './warnings.js'
import type { Due, Work } from './work.js'

/**
 * The state of a connection: it takes in messages and results, and says what is to be done. It keeps its
 * parts private and hands them to the functions that combine several of them.
 */
export class TokenState {
  readonly #parts: TokenParts
  readonly #waiters: Waiters

  /** What operators ask for. */
  readonly operators: OperatorActs
  /** Life story, warnings and notices: what people see. */
  readonly outbox: NoticeOutbox

  constructor(parts: TokenParts) {
    this.#parts = parts
    this.operators = new OperatorActs(parts)
    this.outbox = new NoticeOutbox(parts)
    this.#waiters = new Waiters(parts)
  }

  /** A new worker, and so a new definition or new search attributes, may have taken over. */
  beginRun(firstExecutionRunId: string, nowMs: number): void {
    const parts = this.#parts
    parts.definition = describeAgain(parts.definition)
    parts.firstExecutionRunId ??= firstExecutionRunId
    parts.queue = startRelease(parts.queue, nowMs)
  }

  get connection(): string {
    return this.#parts.connection
  }
  get story(): readonly StoryEvent[] {
    return this.#parts.story.events
  }
  get maxIdBytes(): number | undefined {
    return this.#parts.definition.maxIdBytes
  }
  get searchAttributes(): readonly string[] {
    return this.#parts.definition.searchAttributes
  }
  get grant(): Sealed | undefined {
    return this.#parts.grant.sealed
  }
  /** Why no credential can be tried: there is no connector of this name. */
  get unknownConnector(): string | undefined {
    const { unknownConnector, describeNeeded } = this.#parts.definition
    return describeNeeded ? undefined : unknownConnector
  }

  /** Queues a request, or says why it is not taken; the same id again only shows that somebody still waits. */
  enqueue(request: LeaseRequest, nowMs: number): string | undefined {
    const parts = this.#parts
    const { knownGeneration, knownFirstExecutionRunId, rejected, replyTo } = request
    const known = Math.max(knownGeneration ?? 0, rejected?.generation ?? 0)
    const ahead = known - parts.token.highestGeneration
    if (ahead > MAX_GENERATION_JUMP)
      return `it names a generation that is ${ahead} above what was ever given`
    if (knownGeneration !== undefined)
      seeGeneration(parts, knownGeneration, nowMs, knownFirstExecutionRunId)
    const isOwn =
      rejected !== undefined &&
      reportRejection(parts, rejected, replyTo, nowMs, knownFirstExecutionRunId)
    noteUse(parts, nowMs)
    if (replyTo !== '') this.#waiters.add(request, nowMs, isOwn)
    return undefined
  }

  /** Forgets requests whose askers no longer wait. */
  forget(requestIds: Iterable<string>): void {
    this.#waiters.remove(requestIds)
  }

  /** Takes the next batch of answers out of the queue. */
  takeReplies(nowMs: number): AddressedReply[] {
    const { replies, left } = takeReplies(this.#parts, nowMs)
    this.#waiters.keep(left)
    return replies
  }

  /** Whether somebody waits for a lease. */
  get isAsked(): boolean {
    return this.#parts.queue.waiters.length > 0
  }

  /** Whether all that wait may be remembered. */
  fitsBudget(): boolean {
    const { waiters } = this.#parts.queue
    return withinBudget(waiters).length === waiters.length
  }

  /** Not all that an outage has held up is made up for at once. */
  spreadLate(nowMs: number, random: () => number): void {
    spreadLate(this.#parts, nowMs, random)
  }

  /** What is to be done now, or when. */
  due(nowMs: number): Due {
    const parts = this.#parts
    settleVerdict(parts, nowMs)
    settleDoubt(parts, nowMs)
    settleWarnings(parts, nowMs)
    settleEnding(parts, nowMs)
    return dueWork(parts, nowMs)
  }

  /** Carries out what was due and takes in what comes of it. Throws nothing. */
  carryOut(work: Work, context: Omit<WorkContext, 'parts'>): Promise<void> {
    return carryOut(work, { ...context, parts: this.#parts })
  }

  /** Queues a new credential, or says why it is not taken. */
  addRotation(rotation: Rotation, nowMs: number): string | undefined {
    return queueRotation(this.#parts, rotation, nowMs)
  }

  /** When a new credential is tried next; undefined: it is gone, dropped for another one or by a revocation. */
  rotationAtMs(id: string): number | undefined {
    const parts = this.#parts
    const rotation = parts.rotations.find((one) => one.id === id)
    if (rotation === undefined) return undefined
    return parts.definition.facts === undefined ? 0 : rotationAtMs(parts, rotation)
  }

  /** None of those that wait can be tried. */
  dropRotations(): void {
    this.#parts.rotations = []
  }

  /** Says why no further authorization can be begun, or nothing. */
  noRoomForAuthorization(begun: BeginAuthorization, nowMs: number): string | undefined {
    return noRoomForAuthorization(this.#parts, begun, nowMs)
  }

  keepAuthorization(
    begun: BeginAuthorization,
    made: Extract<AuthorizationUrlResult, { outcome: 'made' }>,
    nowMs: number,
  ): void {
    keepAuthorization(this.#parts, begun, made, nowMs)
  }

  /** Why a callback can't be taken in at all, before anything of it is looked at. */
  deadCallback(stateHash: string, nowMs: number): AuthorizationRefusal | undefined {
    return deadCallback(this.#parts, stateHash, nowMs)
  }

  takeCallback(message: CompleteAuthorization, nowMs: number): ReturnType<typeof takeCallback> {
    return takeCallback(this.#parts, message, nowMs)
  }

  /** Takes a connect link, or gives it back. */
  useLink(use: ConnectLinkUse, nowMs: number): ConnectLinkResult {
    return useConnectLink(this.#parts, use, nowMs)
  }

  /** An operator's word. */
  command(command: OperatorCommand, nowMs: number, by?: Actor): void {
    applyCommand(this.#parts, command, nowMs, by)
  }

  /** Takes in a worker's report of its definition and keys. A definition other than the known one is described anew. */
  noticeWorker({ fingerprint, keyIds, notices }: DefinitionNotice): void {
    const parts = this.#parts
    const { facts, unknownConnector, notices: known = false } = parts.definition
    const isOther = facts?.fingerprint !== fingerprint || unknownConnector !== undefined
    if (isOther || (notices !== undefined && notices !== known))
      parts.definition = describeAgain(parts.definition)
    if (keyIds !== undefined) noticeKeys(parts, keyIds)
  }

  refuseMessage(name: string, reason: string, nowMs: number): void {
    recordRefused(this.#parts, name, reason, nowMs)
  }

  /** Somebody asked Temporal to cancel the workflow. */
  refuseCancellation(nowMs: number): void {
    recordCancellation(this.#parts, nowMs)
  }

  status(nowMs: number): ConnectionStatus {
    return connectionStatus(this.#parts, nowMs)
  }

  /** Says why the connection is not usable and what to do next: for people. */
  waitingMessage(): string {
    return waitingMessage(this.#parts)
  }

  /** For code inside activities, which asks by query. */
  currentLease(nowMs: number): CurrentLease {
    return currentLease(this.#parts, tellUseFromMs(this.#parts), nowMs)
  }

  /** What continue-as-new hands on: no more than may be handed on. */
  carried(nowMs: number): TokenSnapshot {
    return toSnapshot(toCarried(this.#parts, nowMs))
  }

  toJSON(): TokenSnapshot {
    return toSnapshot(this.#parts)
  }
}
