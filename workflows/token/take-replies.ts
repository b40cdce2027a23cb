import type { LeaseReply } from '../../src/contract/messages.js'
import type { LeaseHolder } from '../../src/contract/token-status.js'
import { forgottenAtMs, noteLeases, sizeOf, type Waiter, WAITERS_BYTES } from './parts/queue.js'
import { releasable } from './parts/release-pace.js'
import { reasonOf, statusOf } from './parts/health.js'
import { serve } from './request-table.js'
import type { TokenParts } from './token-parts.js'
import { mayBeAnswered } from './waiters.js'
import { refusedRequestMessage, waitingMessage } from './waiting-message.js'

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
