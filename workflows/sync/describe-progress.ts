import type { SyncCheckpoint } from '../../src/contract/sync.js'
import type { Pace } from './sync-meter.js'

/** Markdown for the Web UI: one line, and one more for each warning. */
export function describeProgress(
  { counters, total, warnings = [] }: SyncCheckpoint,
  { recordsPerSecond, secondsLeft }: Pace,
): string {
  const { pages, read, written, setAside = 0 } = counters
  const numbers: readonly (readonly [string, number])[] = [
    ['pages', pages],
    ['read', read],
    ['written', written],
    ...(setAside === 0 ? [] : [['set aside', setAside] as const]),
  ]
  const line = [
    ...numbers.map(([name, value]) => `${name} **${String(value)}**`),
    ...(total === undefined ? [] : [`of ${String(total)}`]),
    ...(recordsPerSecond === undefined ? [] : [`${String(recordsPerSecond)} records a second`]),
    ...(secondsLeft === undefined ? [] : [`about ${formatSeconds(secondsLeft)} left`]),
  ].join(' · ')
  return [line, ...warnings.map((text) => `**Warning**: ${text}`)].join('\n\n')
}

function formatSeconds(seconds: number): string {
  if (seconds < 120) return `${String(seconds)} s`
  const minutes = Math.round(seconds / 60)
  if (minutes < 120) return `${String(minutes)} min`
  return `${String(Math.round(minutes / 60))} h`
}
