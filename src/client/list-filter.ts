import { isOwner, isTag, MAX_TAGS, ownerValue, TAG_RULE } from '../contract/connection-details.js'
import {
  ACCOUNT_RULE,
  CONNECTOR_RULE,
  isAccountName,
  isConnectorName,
} from '../contract/connection-ref.js'
import { toMilliseconds } from '../contract/duration.js'
import {
  type ConnectionStatus,
  TOKEN_STATUSES,
  type TokenStatus,
} from '../contract/token-status.js'
import { quoteText } from './replay/list-query.js'
import { TokenkeeperError } from './errors/tokenkeeper-error.js'

/** A connection as visibility has it: seconds late at most, as all of visibility. */
export interface ListedConnection {
  readonly connection: string
  readonly connector: string
  readonly account: string
  /** Absent: not known, since nobody has looked after it yet, or nobody answers. */
  readonly status?: TokenStatus | undefined
  readonly tags: readonly string[]
  readonly owner?: string | undefined
  /**
   * When its current token ends. Of an `active` or `paused` one that was not asked: its token lasts at least so long;
   * absent where that is past, as it was renewed since.
   */
  readonly expiresAtMs?: number | undefined
  readonly startedAtMs: number
  /** What it says itself, where it was asked and has answered. */
  readonly asked?: ConnectionStatus | undefined
}

/** Which connections are meant: those to which all of it applies. */
export interface ConnectionFilter {
  /** @example connector: ['shop', 'erp'] */
  readonly connector?: string | readonly string[] | undefined
  /** @example account: 'acme' */
  readonly account?: string | undefined
  /** @example status: ['needs_reauth', 'misconfigured'] */
  readonly status?: TokenStatus | readonly TokenStatus[] | undefined
  /**
   * All of these tags.
   * @example tags: ['customer:4711']
   */
  readonly tags?: readonly string[] | undefined
  /** @example owner: 'anna' */
  readonly owner?: string | undefined
  /**
   * Whose token ends before: a moment, as a date or in ISO 8601, or a duration from now (`1h`).
   * @example expiresBefore: '1h'
   */
  readonly expiresBefore?: Date | string | number | undefined
}

/** A filter whose texts are read. */
export interface ReadConnectionFilter {
  readonly connectors: readonly string[]
  readonly account?: string | undefined
  readonly statuses: readonly TokenStatus[]
  readonly tags: readonly string[]
  readonly owner?: string | undefined
  readonly expiresBeforeMs?: number | undefined
}

/** @throws TokenkeeperError `InvalidInput`, `InvalidConnection` */
export function readConnectionFilter(
  { connector = [], account, status = [], tags = [], owner, expiresBefore }: ConnectionFilter,
  nowMs: number,
): ReadConnectionFilter {
  const connectors = [connector].flat()
  const statuses = [status].flat()
  if (!connectors.every(isConnectorName))
    throw refuseFilter('InvalidConnection', `a connector's name has ${CONNECTOR_RULE}`)
  if (account !== undefined && !isAccountName(account))
    throw refuseFilter('InvalidConnection', `an account's name has ${ACCOUNT_RULE}`)
  if (!statuses.every((one) => TOKEN_STATUSES.includes(one)))
    throw refuseFilter('InvalidInput', `a status is one of ${TOKEN_STATUSES.join(', ')}`)
  if (!tags.every(isTag) || tags.length > MAX_TAGS)
    throw refuseFilter('InvalidInput', `a tag has ${TAG_RULE}`)
  if (owner !== undefined && !isOwner(owner))
    throw refuseFilter('InvalidInput', 'an owner is a text of 1 to 200 bytes')
  const expiresBeforeMs = expiresBefore === undefined ? undefined : toEpochMs(expiresBefore, nowMs)
  return { connectors, account, statuses, tags, owner, expiresBeforeMs }
}

function toEpochMs(moment: Date | string | number, nowMs: number): number {
  const aheadMs = moment instanceof Date ? undefined : toMilliseconds(moment)
  const at =
    moment instanceof Date ? moment : new Date(aheadMs === undefined ? moment : nowMs + aheadMs)
  if (Number.isFinite(at.getTime())) return at.getTime()
  throw refuseFilter(
    'InvalidInput',
    "expiresBefore is neither a duration from now nor a moment: '1h', '2026-12-01T06:00:00Z'",
  )
}

function refuseFilter(code: 'InvalidInput' | 'InvalidConnection', rule: string): TokenkeeperError {
  return new TokenkeeperError(code, `Connections can't be listed by that: ${rule}.`)
}

/** The list filter of Temporal for all token workflows of a task queue. */
export function allConnections(taskQueue: string): string {
  return `WorkflowType = 'tokenWorkflow' AND ExecutionStatus = 'Running' AND TaskQueue = ${quoteText(taskQueue)}`
}

/** The same filter, as far as search attributes can express it. */
export function toVisibilityQuery(filter: ReadConnectionFilter, taskQueue: string): string {
  const { connectors, statuses, tags, owner, expiresBeforeMs } = filter
  const parts = [allConnections(taskQueue)]
  if (connectors.length > 0)
    parts.push(`TokenkeeperConnector IN (${connectors.map(quoteText).join(', ')})`)
  if (statuses.length > 0)
    parts.push(`TokenkeeperStatus IN (${statuses.map(quoteText).join(', ')})`)
  const values = owner === undefined ? tags : [...tags, ownerValue(owner)]
  for (const value of values) parts.push(`TokenkeeperTags = ${quoteText(value)}`)
  if (expiresBeforeMs !== undefined)
    parts.push(`TokenkeeperExpiresAt < ${quoteText(new Date(expiresBeforeMs).toISOString())}`)
  return parts.join(' AND ')
}

/** Whether a connection is one that is meant: some visibility stores compare without regard to case. */
export function isMeantConnection(
  { connectors, account, statuses, tags, owner, expiresBeforeMs }: ReadConnectionFilter,
  listed: ListedConnection,
): boolean {
  if (connectors.length > 0 && !connectors.includes(listed.connector)) return false
  if (account !== undefined && account !== listed.account) return false
  if (statuses.length > 0 && (listed.status === undefined || !statuses.includes(listed.status)))
    return false
  if (!tags.every((tag) => listed.tags.includes(tag))) return false
  if (owner !== undefined && owner !== listed.owner) return false
  return expiresBeforeMs === undefined || (listed.expiresAtMs ?? Infinity) < expiresBeforeMs
}

/** Whether the filter needs search attributes: visibility without them can't decide which connections are meant. */
export function needsStatus({
  statuses,
  tags,
  owner,
  expiresBeforeMs,
}: ReadConnectionFilter): boolean {
  return statuses.length > 0 || tags.length > 0 || (owner ?? expiresBeforeMs) !== undefined
}
