import {
  LOG_EVENTS,
  type LogEvent,
  STATUS_LEVELS,
  STORY_LEVELS,
} from '../../src/contract/log-events.js'
import { STORY_EVENT_TEXTS } from '../../src/contract/story-texts.js'
import type { StoryEventName } from '../../src/contract/token-status.js'

const INTRO = `# Log events

What workers write into their logs, through the logger of Temporal's \`Runtime\`. Written by \`npm run docs:pages\`; a test holds it
against the code.

Each line has the field \`event\`, whose name stays, beside a message for people, whose words may change; and the fields that Temporal
adds (\`workflowId\`, \`runId\`, \`taskQueue\`, \`activityType\` …; \`trace_id\` where [traces](traces.md) are on). No line holds a secret.
\`npx tokenkeeper worker --log-format json\` writes a line of JSON each.

\`\`\`text
{"at":"2026-11-30T03:12:07.412Z","level":"ERROR","message":"tokenkeeper: shop/acme status (needs_reauth: revoked)","connection":"shop/acme","event":"status","cause":"needs_reauth: revoked"}
\`\`\`
`

/** The page `docs/reference/log-events.md`, from the tables that the code logs by. */
export function logEventsPage(): string {
  const levels = Object.entries(STATUS_LEVELS).map(([status, level]) => `${status}: ${level}`)
  return `${INTRO}
## The life of a connection

By the keeper worker, one line for each event, by the names of the life story (\`npx tokenkeeper story -o json\`). Beside
\`event\`: \`connection\`, and where they are known \`cause\`, \`code\`, \`generation\`, \`attempt\`, \`nextDueMs\` and \`by\` (who asked for it).
The level of \`status\` goes by the new status: ${levels.join(', ')}.

${toTable([
  ['event', 'level', 'what happened'],
  ...(Object.keys(STORY_LEVELS) as StoryEventName[])
    .sort()
    .map((name) => [`\`${name}\``, STORY_LEVELS[name], STORY_EVENT_TEXTS[name]]),
])}

## Everything else

${toTable([
  ['event', 'level', 'by', 'what happened', 'fields'],
  ...(Object.keys(LOG_EVENTS) as LogEvent[]).map(rowOf),
])}
`
}

function rowOf(event: LogEvent): readonly string[] {
  const { level, by, text, fields } = LOG_EVENTS[event]
  return [`\`${event}\``, level, by, text, fields.map((name) => `\`${name}\``).join(', ')]
}

/** As Prettier writes tables. */
function toTable([head = [], ...rows]: readonly (readonly string[])[]): string {
  const widths = head.map((_, at) =>
    Math.max(...[head, ...rows].map((row) => row[at]?.length ?? 0)),
  )
  const line = (cells: readonly string[], fill = ' '): string =>
    `| ${cells.map((cell, at) => cell.padEnd(widths[at] ?? 0, fill)).join(' | ')} |`
  return [
    line(head),
    line(
      head.map(() => ''),
      '-',
    ),
    ...rows.map((row) => line(row)),
  ].join('\n')
}
