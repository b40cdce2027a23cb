import { type LeaseRequest, TOKEN_SIGNALS } from '../../src/contract/messages.js'
import { isTemporalId, LEAST_MAX_ID_BYTES } from '../../src/contract/outside-values.js'
import { recordRefused } from './life-story.js'
import { type Waiter, withWaiters } from './parts/queue.js'
import { replyToRule } from './read-message.js'
import type { TokenParts } from './token-parts.js'

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
export function mayBeAnswered({ definition }: TokenParts, { replyTo }: Waiter): boolean {
  return definition.maxIdBytes !== undefined || isTemporalId(replyTo, LEAST_MAX_ID_BYTES)
}
