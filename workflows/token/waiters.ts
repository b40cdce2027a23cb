import { type LeaseRequest, TOKEN_SIGNALS } from '../../src/contract/messages.js'
import { isTemporalId, LEAST_MAX_ID_BYTES, utf8Length } from '../../src/contract/outside-values.js'
import { tellRefused } from './life-story.js'
import { replyToRule } from './read-message.js'
import type { TokenSnapshot, Waiter } from './token-snapshot.js'

/** What may be remembered of requests that wait: some 2,000 of them. */
export const WAITERS_BYTES = 512 * 1024
/** Flows ask again within 72 minutes; who has not done so twice has ended. */
const FORGOTTEN_AFTER_MS = 3 * 3_600_000
/** Moments at which one is forgotten are taken together, so that the workflow wakes seldom. */
const FORGOTTEN_TOGETHER_MS = 3_600_000
/** For what is noted of a waiter later. */
const NOTES_BYTES = 64

const sizes = new WeakMap<Waiter, number>()

/** The requests that wait, in their order, and by id. */
export class Waiters {
  readonly #byId: Map<string, Waiter>

  constructor(private readonly snapshot: TokenSnapshot) {
    this.#byId = new Map(snapshot.waiters.map((waiter) => [waiter.requestId, waiter]))
  }

  /**
   * Queues a request; the same id again only says that somebody still waits.
   * @param isDenied the upstream refuses what it is for, and takes other requests
   */
  add(request: LeaseRequest, nowMs: number, isDenied = false): void {
    const { snapshot } = this
    const known = this.#byId.get(request.requestId)
    if (known !== undefined) {
      known.askedAtMs = nowMs
      return
    }
    const { generation: atGeneration, tries: atTries } = snapshot
    // What else it told of the past has been heard.
    const { requestId, replyTo, minValidityMs, askAgainMs, rejected } = request
    const { status = 0, endpoint } = rejected ?? {}
    const waiter: Waiter = {
      requestId,
      replyTo,
      minValidityMs,
      ...(askAgainMs === undefined ? {} : { askAgainMs }),
      atGeneration,
      atTries,
      askedAtMs: nowMs,
      ...(rejected === undefined ? {} : { refusedGeneration: rejected.generation }),
      ...(isDenied ? { denied: { status, ...(endpoint === undefined ? {} : { endpoint }) } } : {}),
    }
    this.#byId.set(requestId, waiter)
    snapshot.waiters.push(waiter)
  }

  remove(requestIds: Iterable<string>): void {
    let removed = false
    for (const requestId of requestIds) removed = this.#byId.delete(requestId) || removed
    if (removed) this.keep(this.snapshot.waiters.filter((one) => this.#byId.has(one.requestId)))
  }

  /** Takes these for all that wait. */
  keep(waiters: Waiter[]): void {
    const { snapshot } = this
    if (waiters.length !== this.#byId.size) {
      this.#byId.clear()
      for (const waiter of waiters) this.#byId.set(waiter.requestId, waiter)
    }
    snapshot.waiters = waiters
  }
}

export function sizeOf(waiter: Waiter): number {
  let size = sizes.get(waiter)
  if (size === undefined) {
    size = utf8Length(JSON.stringify(waiter)) + NOTES_BYTES
    sizes.set(waiter, size)
  }
  return size
}

/** The first of them, as many as may be remembered. */
export function withinBudget(waiters: readonly Waiter[]): Waiter[] {
  let bytes = 0
  return waiters.filter((waiter) => {
    bytes += sizeOf(waiter)
    return bytes <= WAITERS_BYTES
  })
}

/** The server would refuse the answer, and with it the whole workflow task. */
export function noteMaxIdBytes(
  snapshot: TokenSnapshot,
  maxIdBytes: number | undefined,
  nowMs: number,
): void {
  if (maxIdBytes === undefined) return
  snapshot.maxIdBytes = maxIdBytes
  snapshot.waiters = snapshot.waiters.filter(({ replyTo }) => {
    const fits = isTemporalId(replyTo, maxIdBytes)
    if (!fits) tellRefused(snapshot, TOKEN_SIGNALS.lease, replyToRule(maxIdBytes), nowMs)
    return fits
  })
}

/** Whether an answer can be sent: long ids have to wait until a keeper has told what the cluster allows. */
export function mayBeAnswered({ maxIdBytes }: TokenSnapshot, { replyTo }: Waiter): boolean {
  return maxIdBytes !== undefined || isTemporalId(replyTo, LEAST_MAX_ID_BYTES)
}

/** When it counts as ended, because nothing was heard of it. */
export function forgottenAtMs({ askedAtMs, askAgainMs = 0 }: Waiter): number {
  const atMs = askedAtMs + Math.max(FORGOTTEN_AFTER_MS, 3 * askAgainMs)
  return Math.ceil(atMs / FORGOTTEN_TOGETHER_MS) * FORGOTTEN_TOGETHER_MS
}

/** When the next of them is forgotten. */
export function nextForgottenAtMs(waiters: readonly Waiter[]): number | undefined {
  let atMs: number | undefined
  for (const waiter of waiters) atMs = Math.min(atMs ?? Number.MAX_VALUE, forgottenAtMs(waiter))
  return atMs
}
