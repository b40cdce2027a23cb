import { type Condition, toCondition } from '../../src/contract/condition.js'
import { toCode, toMarkdown } from '../../src/contract/foreign-text.js'
import { eventText } from '../../src/contract/story-texts.js'
import type { ConnectionStatus, StoryEvent } from '../../src/contract/token-status.js'

const LONGEST_NAME = 200
const LONGEST_EVENT = 300
const SHOWN_EVENTS = 8

const DO_NOT_TERMINATE =
  'This workflow holds the only copy of the credential. **Do not terminate or reset it**: to end the connection, revoke it. Where it was terminated, connect it again; waiting flows go on by themselves.'

/** Markdown for the Web UI: what is wrong and what to do first, what it is after that, what has happened last. */
export function describeConnection(status: ConnectionStatus, story: readonly StoryEvent[]): string {
  const { connection, reason } = status
  const label = reason === undefined ? status.status : `${status.status}: ${reason}`
  const blocks = [
    `### ${toMarkdown(`${connection}: ${label}`)}`,
    aboutCondition(toCondition(status)),
    aboutToken(status),
    aboutAccount(status),
    aboutOwner(status),
    lastEvents(story),
    DO_NOT_TERMINATE,
  ]
  return blocks.filter((block) => block !== '').join('\n\n')
}

function aboutCondition({ level, cause, next, goesOn, sinceMs, stops, notes }: Condition): string {
  const isFine = level === 'fine' || level === 'note'
  const { command } = next ?? {}
  const again = goesOn.atMs === undefined ? '' : ` Next time: ${iso(goesOn.atMs)}.`
  const { count, workflowIds } = stops
  const more = count > workflowIds.length ? ' …' : ''
  const rows = [
    isFine ? '' : `**Why:** ${toMarkdown(cause)} Since ${iso(sinceMs)}.`,
    next === undefined ? '' : `**What to do:** ${toMarkdown(next.text)}`,
    command === undefined ? '' : toCode(command),
    isFine || goesOn.text === '' ? '' : `**Goes on:** ${toMarkdown(goesOn.text)}${again}`,
    count === 0
      ? ''
      : `**Stops ${count} flows:** ${workflowIds.map((id) => toCode(id, LONGEST_NAME)).join(', ')}${more}`,
    ...notes.map((note) => `**Note:** ${toMarkdown(note)}`),
  ]
  return rows.filter((row) => row !== '').join('\n\n')
}

function aboutToken({
  generation,
  kind,
  expiresAtMs,
  nextRefreshAtMs,
  counts,
}: ConnectionStatus): string {
  return [
    `generation **${generation}**`,
    `kind ${toMarkdown(kind ?? '-')}`,
    `token until ${iso(expiresAtMs)}`,
    `next refresh ${iso(nextRefreshAtMs)}`,
    `leases ${counts.leases}`,
    `token requests ${counts.refreshRequests}`,
  ].join(' · ')
}

function aboutAccount(status: ConnectionStatus): string {
  const { account, scope, authorizations, revocation } = status
  const facts = [
    account === undefined ? '' : `account **${toMarkdown(account.name, LONGEST_NAME)}**`,
    scope === undefined ? '' : `scope ${toMarkdown(scope)}`,
    authorizations === undefined ? '' : `authorizations under way ${authorizations}`,
    revocation === undefined ? '' : `revoked at the provider: ${toMarkdown(revocation.outcome)}`,
  ]
  return facts.filter((fact) => fact !== '').join(' · ')
}

/** What others say of the connection: metadata may be long, and is left to the status. */
function aboutOwner({ tags = [], owner, description }: ConnectionStatus): string {
  const facts = [
    tags.length === 0 ? '' : `tags ${tags.map((tag) => toMarkdown(tag, LONGEST_NAME)).join(', ')}`,
    owner === undefined ? '' : `owner ${toMarkdown(owner, LONGEST_NAME)}`,
    description === undefined ? '' : toMarkdown(description),
  ]
  return facts.filter((fact) => fact !== '').join(' · ')
}

function lastEvents(story: readonly StoryEvent[]): string {
  return story
    .slice(-SHOWN_EVENTS)
    .reverse()
    .map((event) => {
      const text = `${event.event}: ${eventText(event)}`
      return `- ${iso(event.atMs)} ${toMarkdown(text, LONGEST_EVENT)}`
    })
    .join('\n')
}

function iso(ms: number | undefined): string {
  return ms === undefined ? '-' : new Date(ms).toISOString()
}
