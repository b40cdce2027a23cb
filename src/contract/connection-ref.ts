/** One account at one connector: the unit of credentials. */
export interface ConnectionRef {
  readonly connector: string
  readonly account: string
}

/** The account that a connection has when none is named. */
export const DEFAULT_ACCOUNT = 'default'

// With both, the ids `token:…` and `limit:…` fit into 255 bytes, which is what many clusters allow.
const CONNECTOR_PATTERN = /^[a-z0-9][a-z0-9_-]{0,63}$/
const ACCOUNT_PATTERN = /^[A-Za-z0-9][A-Za-z0-9._@+-]{0,179}$/

/** What a name may look like, for messages. */
export const CONNECTOR_RULE = 'lower-case letters, digits, "-" and "_", at most 64, as in "shopify"'
export const ACCOUNT_RULE = 'letters, digits and . _ @ + -, at most 180, as in "acme"'

export function isConnectorName(value: unknown): value is string {
  return typeof value === 'string' && CONNECTOR_PATTERN.test(value)
}

export function isAccountName(value: unknown): value is string {
  return typeof value === 'string' && ACCOUNT_PATTERN.test(value)
}

/** `shopify/acme`; the form in which a connection is named in messages, leases and errors. */
export function formatConnection(ref: ConnectionRef): string {
  return `${ref.connector}/${ref.account}`
}

/**
 * Reads `shopify/acme` or `shopify` (account `default`). Returns undefined for anything else: the
 * caller knows what to say.
 */
export function parseConnection(text: unknown): ConnectionRef | undefined {
  if (typeof text !== 'string') return undefined
  const slash = text.indexOf('/')
  const connector = slash < 0 ? text : text.slice(0, slash)
  const account = slash < 0 ? DEFAULT_ACCOUNT : text.slice(slash + 1)
  if (!isConnectorName(connector) || !isAccountName(account)) return undefined
  return { connector, account }
}

/** The id of the one token workflow of a connection: `token:<connector>:<account>`. */
export function tokenWorkflowId(ref: ConnectionRef): string {
  return `token:${ref.connector}:${ref.account}`
}

/** The connection of a token workflow's id; undefined where it is another workflow's. */
export function fromTokenWorkflowId(workflowId: string): ConnectionRef | undefined {
  const [, connector, account] = /^token:([^:]+):(.+)$/.exec(workflowId) ?? []
  return account === undefined ? undefined : parseConnection(`${connector}/${account}`)
}

/** The connector in the name of a connection, as it may stand beside a metric. */
export function connectorOf(connection: string): string {
  return parseConnection(connection)?.connector ?? 'unknown'
}
