import type { SearchAttributeUpdatePair } from '@temporalio/common'
import { connectorOf } from '../../src/contract/connection-ref.js'
import { toTagValues } from '../../src/contract/connection-details.js'
import { toMarkdown } from '../../src/contract/foreign-text.js'
import { searchAttributeKey } from '../../src/contract/search-attributes.js'
import { eventText } from '../../src/contract/story-texts.js'
import type { ConnectionStatus, TokenStatus } from '../../src/contract/token-status.js'
import type { TokenState } from './token-state.js'
import type { TokenDisplay, TokenWorld } from './token-world.js'

const CONNECTOR = searchAttributeKey('TokenkeeperConnector')
const STATUS = searchAttributeKey('TokenkeeperStatus')
const EXPIRES = searchAttributeKey('TokenkeeperExpiresAt')
const TAGS = searchAttributeKey('TokenkeeperTags')

const LONGEST_NAME = 200
const LONGEST_EVENT = 300

/** Shows a connection in the Web UI: search attributes where they exist, and current details. */
export class StatusDisplay {
  readonly #display: TokenDisplay
  readonly #measure: TokenWorld['measure']
  #shown = ''
  #state: TokenStatus | undefined

  constructor({ display, measure }: Pick<TokenWorld, 'display' | 'measure'>) {
    this.#display = display
    this.#measure = measure
  }

  /** Upserts what changed. One that is not registered would stall the workflow for ever, so only those known to exist. */
  publish(state: TokenState, nowMs: number): void {
    const status = state.status(nowMs)
    this.#display.details(toDetails(state, status))
    const registered = new Set(state.searchAttributes)
    const pairs: SearchAttributeUpdatePair[] = []
    const { connection } = status
    const connector = connectorOf(connection)
    if (this.#state !== undefined && this.#state !== status.status)
      this.#measure('tokenkeeper.connection.state_changes', 1, { connector, state: status.status })
    this.#state = status.status
    if (registered.has(CONNECTOR.name)) pairs.push({ key: CONNECTOR, value: connector })
    if (registered.has(STATUS.name)) pairs.push({ key: STATUS, value: status.status })
    if (registered.has(EXPIRES.name))
      pairs.push({
        key: EXPIRES,
        value: status.expiresAtMs === undefined ? null : new Date(status.expiresAtMs),
      })
    const tags = [...toTagValues(status)]
    if (registered.has(TAGS.name)) pairs.push({ key: TAGS, value: tags.length === 0 ? null : tags })
    const shown = JSON.stringify(pairs.map((pair) => pair.value))
    if (pairs.length === 0 || shown === this.#shown) return
    this.#shown = shown
    this.#display.searchAttributes(pairs)
  }
}

function iso(ms: number | undefined): string {
  return ms === undefined ? '-' : new Date(ms).toISOString()
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

const DO_NOT_TERMINATE =
  'This workflow holds the only copy of the credential. **Do not terminate or reset it**: to end the connection, revoke it. Where it was terminated, connect it again; waiting flows go on by themselves.'

/** Markdown for the Web UI. */
function toDetails(state: TokenState, status: ConnectionStatus): string {
  const label = status.reason === undefined ? status.status : `${status.status}: ${status.reason}`
  const recent = state.story
    .slice(-8)
    .reverse()
    .map((event) => {
      const text = `${event.event}: ${eventText(event)}`
      return `- ${iso(event.atMs)} ${toMarkdown(text, LONGEST_EVENT)}`
    })
  const usable = status.status === 'active'
  const blocks = [
    `### ${toMarkdown(`${status.connection}: ${label}`)}`,
    usable ? '' : toMarkdown(state.waitingMessage()),
    ...(status.warnings ?? []).map((warning) => `**Note:** ${toMarkdown(warning)}`),
    `generation **${status.generation}** · kind ${toMarkdown(status.kind ?? '-')} · token until ${iso(status.expiresAtMs)} · next refresh ${iso(status.nextRefreshAtMs)}`,
    aboutAccount(status),
    aboutOwner(status),
    `waiting flows **${status.waiting}**${status.waitingFlows.length === 0 ? '' : ` (${status.waitingFlows.map((flow) => toMarkdown(flow, LONGEST_NAME)).join(', ')})`} · leases ${status.counts.leases} · token requests ${status.counts.refreshRequests}`,
    recent.join('\n'),
    DO_NOT_TERMINATE,
  ]
  return blocks.filter((block) => block !== '').join('\n\n')
}
