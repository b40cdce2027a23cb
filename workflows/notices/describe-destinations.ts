import { toMarkdown } from '../../src/contract/foreign-text.js'
import type { DeadNotice, DestinationReport, NoticesReport } from '../../src/contract/notices.js'

/** Markdown for the Web UI. */
export function describeDestinations({ destinations, refused }: NoticesReport): string {
  if (destinations.length === 0) return 'No notice has come yet.'
  const dropped =
    refused === undefined ? [] : [`**${refused} dropped**: there are too many destinations.`]
  return [...destinations.map(describeOne), ...dropped].join('\n\n')
}

function describeOne({
  name,
  kind,
  waiting,
  deliveredAtMs,
  failingSinceMs,
  dead,
}: DestinationReport): string {
  const facts = [
    kind,
    `waiting **${waiting}**`,
    deliveredAtMs === undefined
      ? 'nothing delivered yet'
      : `last delivered ${isoTime(deliveredAtMs)}`,
    failingSinceMs === undefined ? '' : `**failing since ${isoTime(failingSinceMs)}**`,
  ]
  const lines = [`### ${toMarkdown(name)}`, facts.filter((fact) => fact !== '').join(' · ')]
  if (dead.length > 0) lines.push('**Given up:**', ...dead.toReversed().map(describeDead))
  return lines.join('\n\n')
}

function describeDead({ sinceMs, types, subjects, why }: DeadNotice): string {
  const what = Object.entries(types).map(([type, count]) => `${count} ${type}`)
  return `- ${isoTime(sinceMs)}: ${toMarkdown(`${what.join(', ')} (${subjects.join(', ')}): ${why}`, 400)}`
}

function isoTime(ms: number): string {
  return new Date(ms).toISOString()
}
