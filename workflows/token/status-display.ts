import type { SearchAttributeUpdatePair } from '@temporalio/common'
import { connectorOf } from '../../src/contract/connection-ref.js'
import { toTagValues } from '../../src/contract/connection-details.js'
import { toSetupValues } from '../../src/contract/connection-setup.js'
import { searchAttributeKey } from '../../src/contract/search-attributes.js'
import type { ConnectionStatus, StoryEvent, TokenStatus } from '../../src/contract/token-status.js'
import { describeConnection } from './describe-connection.js'
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
  publish(shown: ShownConnection, nowMs: number): void {
    const status = shown.status(nowMs)
    this.#display.details(describeConnection(status, shown.story))
    const registered = new Set(shown.searchAttributes)
    const pairs: SearchAttributeUpdatePair[] = []
    const { connection } = status
    const connector = connectorOf(connection)
    if (this.#state !== undefined && this.#state !== status.status)
      this.#measure('tokenkeeper.connection.state_changes', 1, { connector, state: status.status })
    this.#state = status.status
    if (registered.has(CONNECTOR_ATTRIBUTE.name))
      pairs.push({ key: CONNECTOR_ATTRIBUTE, value: connector })
    if (registered.has(STATUS_ATTRIBUTE.name))
      pairs.push({ key: STATUS_ATTRIBUTE, value: status.status })
    if (registered.has(EXPIRES_ATTRIBUTE.name))
      pairs.push({
        key: EXPIRES_ATTRIBUTE,
        value: status.expiresAtMs === undefined ? null : new Date(status.expiresAtMs),
      })
    const tags = [...toTagValues(status)]
    if (registered.has(TAGS_ATTRIBUTE.name))
      pairs.push({ key: TAGS_ATTRIBUTE, value: tags.length === 0 ? null : tags })
    const setup = [...toSetupValues(status)]
    if (registered.has(SETUP_ATTRIBUTE.name))
      pairs.push({ key: SETUP_ATTRIBUTE, value: setup.length === 0 ? null : setup })
    const values = JSON.stringify(pairs.map((pair) => pair.value))
    if (pairs.length === 0 || values === this.#shown) return
    this.#shown = values
    this.#display.searchAttributes(pairs)
  }
}
