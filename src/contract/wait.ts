/** The longest wait before asking again, whatever an answer demands. A connector may set another one: `limits.maxWaitMs`. */
export const MAX_WAIT_MS = 86_400_000
/** The most that `limits.maxWaitMs` may be: 31 days. */
export const LONGEST_MAX_WAIT_MS = 31 * MAX_WAIT_MS
/** A wait that an answer demands is read up to this length: a year and a day. */
export const LONGEST_ASKED_MS = 366 * 86_400_000

/** A wait that somebody else asked for, within its bound. */
export interface BoundedWait {
  readonly waitMs: number
  /** What was asked for, where that is longer than what is waited. */
  readonly askedMs?: number | undefined
}

/**
 * A wait that an answer demands, cut at its bound. Anything but a number counts as no wait.
 * @param mostMs milliseconds; see {@link MAX_WAIT_MS}
 */
export function boundWait(askedMs: number, mostMs = MAX_WAIT_MS): BoundedWait {
  if (!(askedMs > 0)) return { waitMs: 0 }
  const waitMs = Math.ceil(Math.min(askedMs, mostMs))
  return askedMs > mostMs ? { waitMs, askedMs: Math.min(askedMs, LONGEST_ASKED_MS) } : { waitMs }
}

/**
 * When to try again: neither before the wait that was demanded nor before the back-off, so that whoever says
 * 'at once' time and again is not stormed.
 * @param toldMs the wait that was demanded; undefined or no number: none
 */
export function retryWaitMs(
  askedMs: number | undefined,
  backOffMs: number,
  mostMs = LONGEST_MAX_WAIT_MS,
): number {
  return Math.max(boundWait(askedMs ?? 0, mostMs).waitMs, backOffMs)
}

/** For messages about a wait that is cut: names the wait that was demanded and the one that is kept. */
export function longWaitNote({ waitMs, askedMs }: BoundedWait): string | undefined {
  if (askedMs === undefined) return undefined
  return `it asked for a wait of ${askedInWords(askedMs)}, which is longer than limits.maxWaitMs allows; it is asked again after ${inWords(waitMs)}`
}

/** The same in short, for the summary of a timer. */
export function longWaitSummary({ waitMs, askedMs }: BoundedWait): string | undefined {
  return askedMs === undefined
    ? undefined
    : `told ${askedInWords(askedMs)}: asked again after ${inWords(waitMs)}`
}

function askedInWords(askedMs: number): string {
  return askedMs >= LONGEST_ASKED_MS ? 'more than a year' : inWords(askedMs)
}

function inWords(ms: number): string {
  const units = [
    ['day', 86_400_000],
    ['hour', 3_600_000],
    ['minute', 60_000],
    ['second', 1000],
  ] as const
  const [name, size] = units.find(([, unit]) => ms >= 2 * unit) ?? ['millisecond', 1]
  return `${Math.round(ms / size)} ${name}s`
}
