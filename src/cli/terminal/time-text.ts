const SHOWN_UNITS: readonly (readonly [ms: number, one: string, many: string])[] = [
  [365 * 86_400_000, 'year', 'years'],
  [86_400_000, 'day', 'days'],
  [3_600_000, 'h', 'h'],
  [60_000, 'min', 'min'],
  [1000, 's', 's'],
]
/** A unit is used from twice its length on: `90 min` says more than `2 h`. */
const FROM = 2

/** How long, in one unit: `41 min`, `3 days`. */
export function durationText(ms: number): string {
  const [unitMs, one, many] = SHOWN_UNITS.find(([unit]) => ms >= FROM * unit) ?? [1000, 's', 's']
  const count = Math.round(ms / unitMs)
  return `${count} ${count === 1 ? one : many}`
}

/** A moment for people who look at a terminal now: `in 41 min`, `3 h ago`. */
export function relativeTime(atMs: number, nowMs: number): string {
  const ms = atMs - nowMs
  if (Math.abs(ms) < 1000) return 'now'
  return ms > 0 ? `in ${durationText(ms)}` : `${durationText(-ms)} ago`
}

/** A moment for whatever reads a pipe: ISO 8601, to the second. */
export function isoTime(atMs: number): string {
  return new Date(atMs).toISOString().replace(/\.\d+Z$/, 'Z')
}
