const PACE = /^\s*(\d+(?:\.\d+)?)\s*\/\s*([smh])\s*$/
const UNITS: Readonly<Record<string, number>> = { s: 1000, m: 60_000, h: 3_600_000 }

/** Milliseconds from one start to the next, of `'5/s'`, `'30/m'` or `'100/h'`; undefined for what is none. */
export function paceToMs(pace: string): number | undefined {
  const [, count, unit = ''] = PACE.exec(pace) ?? []
  const unitMs = UNITS[unit]
  return unitMs === undefined || Number(count) <= 0 ? undefined : unitMs / Number(count)
}
