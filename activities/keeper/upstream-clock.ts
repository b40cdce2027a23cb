import { firstHeader, type HeaderLines } from '../../src/wire/header-lines.js'

/** A `Date` header has whole seconds, and clocks that are this close do not make signatures refused. */
const TOLERANCE_MS = 3000
/** An answer may shift what is signed by this much, not more: signatures for next week are of use to nobody else. */
const LIMIT_MS = 12 * 3_600_000
/** How a signature with a wrong time is refused: `RequestTimeTooSkewed` 403, Binance's -1021 at 400, OAuth 1 at 401. */
const REFUSED = new Set([400, 401, 403])
/** RFC 9110 section 5.6.7: the one form that senders may generate. */
const IMF_FIXDATE = /^[A-Z][a-z]{2}, \d{2} [A-Z][a-z]{2} \d{4} \d{2}:\d{2}:\d{2} GMT$/

/** What is looked at of an answer. */
export interface DatedAnswer {
  /** Absent: none came. */
  readonly status?: number | undefined
  readonly headers: HeaderLines
}

export interface ClockedAnswer<Answer> {
  readonly answer: Answer
  /** A refused answer: how far the upstream's clock is from this worker's, where that is worth telling. */
  readonly offMs?: number | undefined
}

/**
 * The clock of a connection's upstream, for kinds that sign the time. It is this worker's own until a
 * refusal shows that they differ.
 */
export class UpstreamClock {
  readonly #offsets: Map<string, number>
  readonly #connection: string
  readonly #localNow: () => number

  /** @param offsets that the activities of a keeper share, by connection */
  constructor(offsets: Map<string, number>, connection: string, localNow: () => number) {
    this.#offsets = offsets
    this.#connection = connection
    this.#localNow = localNow
  }

  /**
   * Sends; what is refused while the clocks differ is signed anew by the upstream's clock and sent
   * once more. A write too: whoever refuses a signature has not applied what it was on, and an answer
   * that says so has come. The offset is kept where the time made the difference.
   * @param send signs by the clock that it gets: milliseconds since the epoch
   */
  async send<Answer extends DatedAnswer>(
    send: (now: () => number) => Promise<Answer>,
  ): Promise<ClockedAnswer<Answer>> {
    const usedMs = this.#offsetMs
    const sentAtMs = this.#localNow()
    const first = await send(() => this.#localNow() + usedMs)
    if (first.status === undefined || !REFUSED.has(first.status)) return { answer: first }
    const answeredAtMs = this.#localNow()
    const offMs = offsetOf(first, sentAtMs, answeredAtMs)
    if (offMs === undefined) return { answer: first }
    const differs = (byMs: number): boolean =>
      Math.abs(byMs) > TOLERANCE_MS + (answeredAtMs - sentAtMs) / 2
    if (!differs(offMs - usedMs))
      return differs(offMs) ? { answer: first, offMs } : { answer: first }
    if (isBeyondCorrection(offMs)) return { answer: first, offMs }
    const second = await send(() => this.#localNow() + offMs)
    // A `Date` that is wrong itself must not spoil what is signed from now on.
    if (second.status !== first.status) this.#keep(differs(offMs) ? offMs : 0)
    return { answer: second, offMs }
  }

  get #offsetMs(): number {
    return this.#offsets.get(this.#connection) ?? 0
  }

  #keep(offsetMs: number): void {
    if (offsetMs === 0) this.#offsets.delete(this.#connection)
    else this.#offsets.set(this.#connection, offsetMs)
  }
}

/** Whether an offset is too large for what is signed to be corrected by it. */
export function isBeyondCorrection(offMs: number): boolean {
  return Math.abs(offMs) > LIMIT_MS
}

/** What to add to the message of a refusal. */
export function clockNote(offMs: number): string {
  const seconds = String(Math.round(Math.abs(offMs) / 1000))
  const side = offMs > 0 ? 'behind' : 'ahead'
  const off = `this worker's clock is off by ${seconds} s against the upstream (${side})`
  return isBeyondCorrection(offMs)
    ? `${off}, too far to be corrected for: set the clock before anything else`
    : `${off}; signed with the upstream's time it was refused all the same, so look at the credential`
}

/** Upstream's clock minus ours, by the `Date` header of an answer that no cache has kept. */
function offsetOf(
  { headers }: DatedAnswer,
  sentAtMs: number,
  answeredAtMs: number,
): number | undefined {
  const date = firstHeader(headers, 'date') ?? ''
  if (firstHeader(headers, 'age') !== undefined || !IMF_FIXDATE.test(date)) return undefined
  const datedMs = Date.parse(date)
  if (Number.isNaN(datedMs)) return undefined
  return Math.round(datedMs + 500 - (sentAtMs + answeredAtMs) / 2)
}
