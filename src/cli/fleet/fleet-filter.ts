import { type Command, InvalidArgumentError } from 'commander'
import type { ConnectionFilter } from '../../client/list-filter.js'
import { isOwner, isTag, TAG_RULE } from '../../contract/connection-details.js'
import {
  ACCOUNT_RULE,
  CONNECTOR_RULE,
  isAccountName,
  isConnectorName,
} from '../../contract/connection-ref.js'
import { toMilliseconds } from '../../contract/duration.js'
import { TOKEN_STATUSES, type TokenStatus } from '../../contract/token-status.js'
import { connectorNames } from '../frame/connection-names.js'
import { nearestOf } from '../frame/nearest.js'
import type { OpenKeeper } from '../temporal/with-keeper.js'

/** Which connections are meant: all of what is given must hold. */
export interface FleetFilterOptions {
  readonly connector?: readonly string[] | undefined
  readonly account?: string | undefined
  readonly status?: readonly TokenStatus[] | undefined
  readonly tag?: readonly string[] | undefined
  readonly owner?: string | undefined
  readonly expiresBefore?: string | undefined
}

export function withFleetFilter(command: Command): Command {
  return command
    .option(
      '--connector <name>',
      'those of this connector; may be repeated',
      collecting(isConnectorName, CONNECTOR_RULE),
    )
    .option('--account <name>', 'those of this account', toAccount)
    .option('--status <status>', `${TOKEN_STATUSES.join(', ')}; may be repeated`, collectStatus)
    .option(
      '--tag <tag>',
      'those with this tag, as customer:4711; repeated: with all of them',
      collecting(isTag, TAG_RULE),
    )
    .option('--owner <id>', 'those of this user of the application', toOwner)
    .option(
      '--expires-before <time>',
      'whose token ends before: 1h, 7d, or a moment in ISO 8601',
      checkMoment,
    )
}

export function toConnectionFilter(options: FleetFilterOptions): ConnectionFilter {
  const { connector, account, status, tag: tags, owner, expiresBefore } = options
  return { connector, account, status, tags, owner, expiresBefore }
}

/** Whether anything says which are meant. */
export function hasFleetFilter(options: FleetFilterOptions): boolean {
  return Object.values(toConnectionFilter(options)).some((value) => value !== undefined)
}

function collecting(isOne: (value: string) => boolean, rule: string) {
  return (value: string, before: readonly string[] | undefined): readonly string[] => {
    if (isOne(value)) return [...(before ?? []), value]
    throw new InvalidArgumentError(`expected ${rule}`)
  }
}

function collectStatus(
  value: string,
  before: readonly TokenStatus[] | undefined,
): readonly TokenStatus[] {
  const status = TOKEN_STATUSES.find((one) => one === value)
  if (status !== undefined) return [...(before ?? []), status]
  throw new InvalidArgumentError(`There is no such status.${nearestOf(value, TOKEN_STATUSES)}`)
}

function toAccount(value: string): string {
  if (isAccountName(value)) return value
  throw new InvalidArgumentError(`expected ${ACCOUNT_RULE}`)
}

function toOwner(value: string): string {
  if (isOwner(value)) return value
  throw new InvalidArgumentError('an owner is a text of 1 to 200 bytes')
}

function checkMoment(value: string): string {
  if (toMilliseconds(value) !== undefined || Number.isFinite(Date.parse(value))) return value
  throw new InvalidArgumentError(
    'expected a duration from now, as 1h or 7d, or a moment in ISO 8601',
  )
}

/** Why nothing was found, for people: with the name that may have been meant. */
export async function explainNone(
  { client, taskQueue }: Pick<OpenKeeper, 'client' | 'taskQueue'>,
  options: FleetFilterOptions,
): Promise<string> {
  const none = `No connection on the task queue '${taskQueue}' is one that is meant.`
  if (options.connector === undefined) return none
  const known = await connectorNames(client)
  const unknown = options.connector.find((name) => !known.includes(name))
  const near = unknown === undefined ? '' : nearestOf(unknown, known)
  return `${none}${near} Connectors that have connections: ${known.join(', ') || 'none'}.`
}
