const UNITS: Readonly<Record<string, number>> = {
  ms: 1,
  s: 1000,
  second: 1000,
  seconds: 1000,
  m: 60_000,
  minute: 60_000,
  minutes: 60_000,
  h: 3_600_000,
  hour: 3_600_000,
  hours: 3_600_000,
  d: 86_400_000,
  day: 86_400_000,
  days: 86_400_000,
}

/**
 * Milliseconds of a Temporal duration (`'2 hours'`, `'30s'`, or a number of milliseconds). Returns
 * undefined for what is none, so that the caller can name the field.
 */
export function toMilliseconds(duration: string | number): number | undefined {
  if (typeof duration === 'number')
    return Number.isFinite(duration) && duration >= 0 ? duration : undefined
  const match = /^\s*(\d+(?:\.\d+)?)\s*([a-z]*)\s*$/i.exec(duration)
  const unit = UNITS[(match?.[2] ?? '').toLowerCase() || 'ms']
  return match?.[1] && unit ? Math.round(Number(match[1]) * unit) : undefined
}
