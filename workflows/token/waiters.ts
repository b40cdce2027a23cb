import {
  type CurrentLease,
  type LeaseReply,
  type LeaseRequest,
  TOKEN_SIGNALS,
} from '../../src/contract/messages.js'
import { isTemporalId, LEAST_MAX_ID_BYTES } from '../../src/contract/outside-values.js'
import type { LeaseHolder } from '../../src/contract/token-status.js'
import { recordRefused } from './life-story.js'
import {
  forgottenAtMs,
  noteLeases,
  releasable,
  sizeOf,
  type Waiter,
  WAITERS_BYTES,
  withWaiters,
} from './parts/queue.js'
import { replyToRule } from './read-message.js'
import type { TokenParts } from './token-parts.js'
import { reasonOf, statusOf } from './parts/health.js'
import { serve } from './request-table.js'
import { refusedRequestMessage, waitingMessage } from './waiting-message.js'

/** The requests that wait, in their order, and by id. */
export class Waiters {
  readonly #parts: TokenParts
  readonly #byId: Map<string, Waiter>

  constructor(parts: TokenParts) {
    this.#parts = parts
    this.#byId = new Map(parts.queue.waiters.map((waiter) => [waiter.requestId, waiter]))
  }

  /**
   * Queues a request; the same id again only says that somebody still waits.
   * @param isDenied the upstream refuses what it is for, and takes other requests
   */
  add(request: LeaseRequest, nowMs: number, isDenied = false): void {
    const { token, refresh, queue } = this.#parts
    const known = this.#byId.get(request.requestId)
    if (known !== undefined) {
      known.sinceMs ??= known.askedAtMs
      known.askedAtMs = nowMs
      return
    }
    // A waiter keeps no more of the request: its report of earlier requests has been taken in already.
    const { requestId, replyTo, minValidityMs, askAgainMs, rejected } = request
    const { status = 0, endpoint, generation: refusedGeneration } = rejected ?? {}
    const waiter: Waiter = {
      requestId,
      replyTo,
      minValidityMs,
      askAgainMs,
      atGeneration: token.generation,
      atTries: refresh.tries,
      askedAtMs: nowMs,
      refusedGeneration,
      denied: isDenied ? { status, endpoint } : undefined,
    }
    this.#byId.set(requestId, waiter)
    queue.waiters.push(waiter)
  }

  remove(requestIds: Iterable<string>): void {
    let removed = false
    for (const requestId of requestIds) removed = this.#byId.delete(requestId) || removed
    const { waiters } = this.#parts.queue
    if (removed) this.keep(waiters.filter((one) => this.#byId.has(one.requestId)))
  }

  /** Takes these for all that wait. */
  keep(waiters: Waiter[]): void {
    if (waiters.length !== this.#byId.size) {
      this.#byId.clear()
      for (const waiter of waiters) this.#byId.set(waiter.requestId, waiter)
    }
    this.#parts.queue = withWaiters(this.#parts.queue, waiters)
  }
}

/** Forgets those whose ids this cluster does not take: the server would refuse the answer, and with it the whole workflow task. */
export function dropUnanswerable(parts: TokenParts, nowMs: number): void {
  const { maxIdBytes } = parts.definition
  if (maxIdBytes === undefined) return
  const fits = ({ replyTo }: Waiter): boolean => isTemporalId(replyTo, maxIdBytes)
  const { waiters } = parts.queue
  const left = waiters.filter(fits)
  for (let dropped = left.length; dropped < waiters.length; dropped += 1)
    recordRefused(parts, TOKEN_SIGNALS.lease, replyToRule(maxIdBytes), nowMs)
  parts.queue = withWaiters(parts.queue, left)
}

/** Whether an answer can be sent: long ids have to wait until a keeper has told what the cluster allows. */
function mayBeAnswered({ definition }: TokenParts, { replyTo }: Waiter): boolean {
  return definition.maxIdBytes !== undefined || isTemporalId(replyTo, LEAST_MAX_ID_BYTES)
}

export interface AddressedReply {
  readonly replyTo: string
  readonly reply: LeaseReply
  /** How long it was waited for. */
  readonly waitedMs: number
}

/** Answers that leave in one workflow task. The server ends a workflow whose task grows past the message limit. */
export const BATCH_COUNT = 100
export const BATCH_BYTES = 1024 * 1024
const REPLY_OVERHEAD_BYTES = 1024

/** Who is not remembered asks again after so long: soon where a refresh is all that is missing. */
export const ASK_AGAIN_USABLE_MS = 60_000
export const ASK_AGAIN_PARKED_MS = 15 * 60_000

/**
 * The next batch of answers, and who waits on; flows that were parked go on at a pace. Requests beyond
 * {@link WAITERS_BYTES} that can't be served now get that answer and are forgotten, the latest first.
 */
export function takeReplies(
  parts: TokenParts,
  nowMs: number,
): { readonly replies: AddressedReply[]; readonly left: Waiter[] } {
  const replies: AddressedReply[] = []
  const left: Waiter[] = []
  const pace = parts.queue.release
  const room = pace === undefined ? Number.POSITIVE_INFINITY : releasable(pace, nowMs)
  const granted: LeaseHolder[] = []
  let released = 0
  let bytes = 0
  let remembered = 0
  const message = waitingMessage(parts)
  for (const waiter of parts.queue.waiters) {
    if (nowMs >= forgottenAtMs(waiter)) continue
    remembered += sizeOf(waiter)
    const isHeld = !mayBeAnswered(parts, waiter)
    if (isHeld || replies.length >= BATCH_COUNT || bytes >= BATCH_BYTES) {
      left.push(waiter)
      continue
    }
    const { reply, stays } = answer(waiter, remembered <= WAITERS_BYTES)
    const isReleased = reply?.outcome === 'granted' && waiter.notifiedStatus !== undefined
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
      const waitedMs = nowMs - (waiter.sinceMs ?? waiter.askedAtMs)
      replies.push({ replyTo: waiter.replyTo, reply, waitedMs })
      if (reply.outcome === 'granted')
        granted.push({
          workflowId: waiter.replyTo,
          generation: reply.lease.generation,
          atMs: nowMs,
        })
      if (isReleased) released += 1
    }
    if (stays) left.push(waiter)
    else remembered -= sizeOf(waiter)
  }
  parts.queue = noteLeases(parts.queue, { granted, released }, nowMs)
  return { replies, left }

  function answer(
    waiter: Waiter,
    isRemembered: boolean,
  ): { readonly reply?: LeaseReply; readonly stays: boolean } {
    const { requestId } = waiter
    const serving = serve(parts, waiter, nowMs)
    if (serving.outcome === 'grant')
      return { reply: { requestId, outcome: 'granted', lease: serving.lease }, stays: false }
    if (serving.outcome === 'deny') {
      const { code } = serving
      const own = waiter.denied !== undefined && code === 'FreshTokenRejected'
      const why = own ? refusedRequestMessage(parts, waiter.denied) : message
      return { reply: { requestId, outcome: 'denied', code, message: why }, stays: false }
    }
    const { health, definition } = parts
    const status = statusOf(health)
    const waiting = {
      requestId,
      outcome: 'waiting',
      status,
      reason: reasonOf(health),
      searchAttributes: definition.searchAttributes,
    } as const
    if (!isRemembered) {
      const askAgainMs = serving.for === 'refresh' ? ASK_AGAIN_USABLE_MS : ASK_AGAIN_PARKED_MS
      const crowd = `More flows wait than can be remembered: this one asks again by itself in ${askAgainMs / 60_000} min.`
      return { reply: { ...waiting, message: `${message} ${crowd}`, askAgainMs }, stays: false }
    }
    if (serving.for === 'refresh' || waiter.notifiedStatus === status) return { stays: true }
    waiter.notifiedStatus = status
    return { reply: { ...waiting, message }, stays: true }
  }
}

/**
 * What a request would get now, for activities: they ask by query, which changes nothing here.
 * @param tellUseFromMs from when a use of the lease is reported
 */
export function currentLease(
  parts: TokenParts,
  tellUseFromMs: number | undefined,
  nowMs: number,
): CurrentLease {
  const { generation } = parts.token
  const asker = { requestId: '', replyTo: '', minValidityMs: 0, askedAtMs: nowMs }
  const since = { atGeneration: generation, atTries: parts.refresh.tries }
  const serving = serve(parts, { ...asker, ...since }, nowMs)
  if (serving.outcome === 'grant')
    return { outcome: 'granted', lease: serving.lease, tellUseFromMs }
  const message = waitingMessage(parts)
  return { outcome: 'unavailable', status: statusOf(parts.health), generation, message }
}
