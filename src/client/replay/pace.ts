const PACE = /^\s*(\d+(?:\.\d+)?)\s*\/\s*([smh])\s*$/
/** Node takes a longer timer for one that is over. */
const LONGEST_GAP_MS = 2 ** 31 - 1
const PACE_UNITS_MS: Readonly<Record<string, number>> = { s: 1000, m: 60_000, h: 3_600_000 }

/** Milliseconds from one start to the next, of `'5/s'`, `'30/m'` or `'100/h'`; undefined for what is none. */
export function paceToMs(pace: string): number | undefined {
  const [, count, unit = ''] = PACE.exec(pace) ?? []
  const unitMs = PACE_UNITS_MS[unit]
  const everyMs = (unitMs ?? Number.NaN) / Number(count)
  return everyMs <= LONGEST_GAP_MS ? everyMs : undefined
}
