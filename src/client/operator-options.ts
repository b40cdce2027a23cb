import type { Client } from '@temporalio/client'
import { type Actor, ACTOR_RULE, readActor } from '../contract/actor.js'
import {
  type ConnectionDetails,
  type DetailsChange,
  readDetailsChange,
} from '../contract/connection-details.js'
import { withoutUndefined } from '../contract/plain-data.js'
import { TokenkeeperError } from './errors/tokenkeeper-error.js'
import {
  ACCOUNT_RULE,
  type ConnectionRef,
  CONNECTOR_RULE,
  isAccountName,
  isConnectorName,
} from '../contract/connection-ref.js'

/** Who asks: for the life story, where it stands as a claim. */
export interface ActorOptions {
  /**
   * A person, where one is known: a text, or with what it is done. Default: the identity of the Temporal client.
   * @example actor: 'anna@example.com'
   */
  readonly actor?: Actor | string | undefined
}

/**
 * What is said of a connection from then on: `tags` (at most 20, as `customer:4711`), `owner`, `description`
 * and `metadata` (a JSON object of at most 4 KiB). All of it is stored and shown as it is: never a secret.
 */
export type DetailsOptions = ConnectionDetails

/** How `connect` and `rotate` take a credential. */
export interface ReplaceOptions extends ActorOptions {
  /** Takes it although it is the credential of another account than before. */
  readonly allowOtherAccount?: boolean | undefined
}

/** How `connect` takes a credential, and what is said of the connection from then on. */
export interface ConnectOptions extends ReplaceOptions, DetailsOptions {}

/** @throws TokenkeeperError `InvalidInput` */
export function toActor(actor: Actor | string): Actor {
  const read = readActor(actor)
  if (read !== undefined) return read
  throw new TokenkeeperError('InvalidInput', `The actor is none; expected ${ACTOR_RULE}.`)
}

/** What a client calls itself where nobody says who asks. */
export function actorOf(client: Client): Actor {
  const { identity } = client.options
  return readActor({ name: identity, via: 'client' }) ?? { name: 'a client', via: 'client' }
}

/**
 * What of it is said of the connection; undefined: nothing.
 * @throws TokenkeeperError `InvalidInput`; no message repeats a value
 */
export function toDetailsChange(
  { tags, owner, description, metadata }: DetailsChange,
  connection: string,
): DetailsChange | undefined {
  const given = withoutUndefined({ tags, owner, description, metadata })
  if (Object.keys(given).length === 0) return undefined
  return checkDetailsChange(given, connection)
}

/** @throws TokenkeeperError `InvalidInput`; no message repeats a value */
export function checkDetailsChange(change: unknown, connection: string): DetailsChange {
  const read = readDetailsChange(change)
  if (read.outcome === 'read') return read.change
  throw new TokenkeeperError(
    'InvalidInput',
    `What is to be said of ${connection} is not taken: ${read.reason}.`,
    connection,
  )
}

/** @throws TokenkeeperError `InvalidConnection`; the name is not repeated */
export function toRef(connector: string, account: string): ConnectionRef {
  if (!isConnectorName(connector))
    throw new TokenkeeperError(
      'InvalidConnection',
      `The connector's name is not allowed: ${CONNECTOR_RULE}.`,
    )
  if (!isAccountName(account))
    throw new TokenkeeperError(
      'InvalidConnection',
      `The account's name for ${connector} is not allowed: ${ACCOUNT_RULE}.`,
    )
  return { connector, account }
}
