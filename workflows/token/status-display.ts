import type { SearchAttributeUpdatePair } from '@temporalio/common'
import { connectorOf } from '../../src/contract/connection-ref.js'
import { toTagValues } from '../../src/contract/connection-details.js'
import { toSetupValues } from '../../src/contract/connection-setup.js'
import { searchAttributeKey } from '../../src/contract/search-attributes.js'
import {
  type ConnectionStatus,
  RENEWED_STATUSES,
  type StoryEvent,
  type TokenStatus,
} from '../../src/contract/token-status.js'
import { type Condition, toCondition, unusedText } from '../../src/contract/condition.js'
import { toCode, toMarkdown } from '../../src/contract/foreign-text.js'
import { eventText } from '../../src/contract/story-texts.js'
import type { TokenDisplay, TokenWorld } from './token-world.js'

/** What is shown of a connection. */
interface ShownConnection {
  readonly story: readonly StoryEvent[]
  readonly searchAttributes: readonly string[]
  readonly status: (nowMs: number) => ConnectionStatus
}

const CONNECTOR_ATTRIBUTE = searchAttributeKey('TokenkeeperConnector')
const STATUS_ATTRIBUTE = searchAttributeKey('TokenkeeperStatus')
const EXPIRES_ATTRIBUTE = searchAttributeKey('TokenkeeperExpiresAt')
const TAGS_ATTRIBUTE = searchAttributeKey('TokenkeeperTags')
const SETUP_ATTRIBUTE = searchAttributeKey('TokenkeeperSetup')

/** A token that is renewed by itself is no news. */
const TELL_END_EVERY_MS = 86_400_000
/** Shows a connection in the Web UI: search attributes where they exist, and current details. */
export class StatusDisplay {
  readonly #display: TokenDisplay
  readonly #measure: TokenWorld['measure']
  #state: TokenStatus | undefined

  constructor({ display, measure }: Pick<TokenWorld, 'display' | 'measure'>) {
    this.#display = display
    this.#measure = measure
  }

  /**
   * Upserts what is not told yet, with one command. An attribute that is not registered would stall the workflow
   * for ever, so only those known to exist.
   * @param isBusy something is being done for it: one that is about to be connected is not told as pending before
   */
  publish(shown: ShownConnection, nowMs: number, isBusy = false): void {
    const status = shown.status(nowMs)
    this.#display.details(describeConnection(status, shown.story))
    const connector = connectorOf(status.connection)
    if (this.#state !== undefined && this.#state !== status.status)
      this.#measure('tokenkeeper.connection.state_changes', 1, { connector, state: status.status })
    this.#state = status.status
    if (isBusy && status.status === 'pending') return
    const registered = new Set(shown.searchAttributes)
    const pairs = this.#untold(status, connector).filter(({ key }) => registered.has(key.name))
    if (pairs.length > 0) this.#display.searchAttributes(pairs)
  }

  #untold(status: ConnectionStatus, connector: string): SearchAttributeUpdatePair[] {
    const told = this.#display.told()
    const pairs: SearchAttributeUpdatePair[] = []
    if (told.get(CONNECTOR_ATTRIBUTE) !== connector)
      pairs.push({ key: CONNECTOR_ATTRIBUTE, value: connector })
    const toldStatus = told.get(STATUS_ATTRIBUTE)
    if (toldStatus !== status.status) pairs.push({ key: STATUS_ATTRIBUTE, value: status.status })
    // Whoever looks for tokens that end looks for trouble: one that may end is none.
    const endsAtMs = status.mayEnd === true ? undefined : status.expiresAtMs
    const toldMs = told.get(EXPIRES_ATTRIBUTE)?.getTime()
    const isSame = toldStatus === status.status && RENEWED_STATUSES.includes(status.status)
    if (isSame ? isNews(toldMs, endsAtMs) : toldMs !== endsAtMs)
      pairs.push({
        key: EXPIRES_ATTRIBUTE,
        value: endsAtMs === undefined ? null : new Date(endsAtMs),
      })
    for (const [key, values] of [
      [TAGS_ATTRIBUTE, toTagValues(status)],
      [SETUP_ATTRIBUTE, toSetupValues(status)],
    ] as const)
      if (JSON.stringify(told.get(key) ?? []) !== JSON.stringify(values))
        pairs.push({ key, value: values.length === 0 ? null : [...values] })
    return pairs
  }
}

/**
 * Whether another end of a token is told though nothing else has changed. What was told is then never later
 * than the end, and a token that lives longer than a day is told at most a day too short.
 */
function isNews(toldMs: number | undefined, endsAtMs: number | undefined): boolean {
  if (toldMs === undefined || endsAtMs === undefined) return toldMs !== endsAtMs
  return endsAtMs < toldMs || endsAtMs >= toldMs + TELL_END_EVERY_MS
}

const LONGEST_SHOWN_NAME = 200
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
      : `**Stops ${count} flows:** ${workflowIds.map((id) => toCode(id, LONGEST_SHOWN_NAME)).join(', ')}${more}`,
    ...notes.map((note) => `**Note:** ${toMarkdown(note)}`),
  ]
  return rows.filter((row) => row !== '').join('\n\n')
}

function aboutToken({
  generation,
  kind,
  expiresAtMs,
  nextRefreshAtMs,
  unusedSinceMs,
  counts,
}: ConnectionStatus): string {
  const facts = [
    `generation **${generation}**`,
    `kind ${toMarkdown(kind ?? '-')}`,
    `token until ${iso(expiresAtMs)}`,
    `next refresh ${iso(nextRefreshAtMs)}`,
    `leases ${counts.leases}`,
    `token requests ${counts.refreshRequests}`,
    unusedSinceMs === undefined ? '' : unusedText(iso(unusedSinceMs)),
  ]
  return facts.filter((fact) => fact !== '').join(' · ')
}

function aboutAccount(status: ConnectionStatus): string {
  const { account, scope, authorizations, revocation } = status
  const facts = [
    account === undefined ? '' : `account **${toMarkdown(account.name, LONGEST_SHOWN_NAME)}**`,
    scope === undefined ? '' : `scope ${toMarkdown(scope)}`,
    authorizations === undefined ? '' : `authorizations under way ${authorizations}`,
    revocation === undefined ? '' : `revoked at the provider: ${toMarkdown(revocation.outcome)}`,
  ]
  return facts.filter((fact) => fact !== '').join(' · ')
}

/** What others say of the connection: metadata may be long, and is left to the status. */
function aboutOwner({ tags = [], owner, description }: ConnectionStatus): string {
  const facts = [
    tags.length === 0
      ? ''
      : `tags ${tags.map((tag) => toMarkdown(tag, LONGEST_SHOWN_NAME)).join(', ')}`,
    owner === undefined ? '' : `owner ${toMarkdown(owner, LONGEST_SHOWN_NAME)}`,
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
