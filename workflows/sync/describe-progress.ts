import type { SyncCheckpoint } from '../../src/contract/sync.js'
import type { Pace } from './sync-meter.js'

/** Markdown for the Web UI: one line, and one more for each warning. */
export function describeProgress(
  { counters, total, warnings = [] }: SyncCheckpoint,
  { recordsPerSecond, secondsLeft }: Pace,
): string {
  const { pages, read, written, setAside = 0 } = counters
  const facts = [
    `pages **${pages}**`,
    `read **${read}**`,
    `written **${written}**`,
    setAside === 0 ? '' : `set aside **${setAside}**`,
    total === undefined ? '' : `of ${total}`,
    recordsPerSecond === undefined ? '' : `${recordsPerSecond} records a second`,
    secondsLeft === undefined ? '' : `about ${formatSeconds(secondsLeft)} left`,
  ]
  const line = facts.filter((fact) => fact !== '').join(' · ')
  return [line, ...warnings.map((text) => `**Warning**: ${text}`)].join('\n\n')
}

function formatSeconds(seconds: number): string {
  if (seconds < 120) return `${seconds} s`
  const minutes = Math.round(seconds / 60)
  if (minutes < 120) return `${minutes} min`
  return `${Math.round(minutes / 60)} h`
}
