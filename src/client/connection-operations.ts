import type { Actor } from '../contract/actor.js'
import type { DetailsChange } from '../contract/connection-details.js'
import { DEFAULT_ACCOUNT, formatConnection } from '../contract/connection-ref.js'
import {
  type Asked,
  TOKEN_QUERIES,
  TOKEN_SIGNALS,
  TOKEN_UPDATES,
  type Verification,
} from '../contract/messages.js'
import type { ConnectionStatus, StoryEvent } from '../contract/token-status.js'
import type { ConnectionCalls } from './connection-calls.js'
import { type ActorOptions, checkDetailsChange, toActor } from './operator-options.js'
import { toRef } from './operator-options.js'

/** How a connection is after its credential was looked at. */
export interface VerifiedStatus extends ConnectionStatus {
  readonly verified: Verification
}

/** What operators ask of a connection that exists. Every method throws `TokenkeeperError`. */
export class ConnectionOperations {
  readonly #calls: ConnectionCalls
  readonly #actor: Actor

  constructor(calls: ConnectionCalls, actor: Actor) {
    this.#calls = calls
    this.#actor = actor
  }

  /**
   * Changes what is said of a connection: `tags`, `owner`, `description` and `metadata`, which are stored and
   * shown as they are, so never a secret. What is absent stays; `null` removes.
   */
  async update(
    connector: string,
    account: string,
    change: DetailsChange,
    options: ActorOptions = {},
  ): Promise<ConnectionStatus> {
    const ref = toRef(connector, account)
    const checked = checkDetailsChange(change, formatConnection(ref))
    const { actor } = this.asks(options)
    return await this.#calls.command(ref, TOKEN_UPDATES.details, { change: checked, actor })
  }

  /**
   * Asks for a new token now, and answers when the provider has; throws with what it said. A provider that
   * gives no answer is asked again by itself: `StillTrying`, `RateLimited`.
   */
  async refresh(
    connector: string,
    account: string = DEFAULT_ACCOUNT,
    options: ActorOptions = {},
  ): Promise<ConnectionStatus> {
    const ref = toRef(connector, account)
    return await this.#calls.command(ref, TOKEN_UPDATES.refresh, this.asks(options))
  }

  /**
   * Asks the connector's verify endpoint whether the credential is accepted: `verified` tells. A refusal is
   * taken as one answer among others, and stops nobody alone.
   */
  async verify(
    connector: string,
    account: string = DEFAULT_ACCOUNT,
    options: ActorOptions = {},
  ): Promise<VerifiedStatus> {
    const ref = toRef(connector, account)
    const { verified, ...status } = await this.#calls.command(
      ref,
      TOKEN_UPDATES.verify,
      this.asks(options),
    )
    return { ...status, verified: verified ?? { outcome: 'unknown' } }
  }

  /**
   * Seals what the connection holds with the newest key of the keeper worker; `keyIds` tells what it is sealed
   * with then. Leases that were given before need the older key until they end, after ten minutes at most.
   */
  async reseal(
    connector: string,
    account: string = DEFAULT_ACCOUNT,
    options: ActorOptions = {},
  ): Promise<ConnectionStatus> {
    const ref = toRef(connector, account)
    return await this.#calls.command(ref, TOKEN_UPDATES.reseal, this.asks(options))
  }

  /** Stops handing out leases; refreshing goes on. Running flows stop within the age of a lease. */
  async pause(
    connector: string,
    account: string = DEFAULT_ACCOUNT,
    options: ActorOptions = {},
  ): Promise<ConnectionStatus> {
    const asks = this.asks(options)
    return await this.#calls.signal(toRef(connector, account), TOKEN_SIGNALS.pause, asks)
  }

  /** Hands out leases again: flows that were parked go on, one after the other. */
  async resume(
    connector: string,
    account: string = DEFAULT_ACCOUNT,
    options: ActorOptions = {},
  ): Promise<ConnectionStatus> {
    const asks = this.asks(options)
    return await this.#calls.signal(toRef(connector, account), TOKEN_SIGNALS.resume, asks)
  }

  /** Ends the connection: its credential is forgotten and every request denied, until `connect`. */
  async revoke(
    connector: string,
    account: string = DEFAULT_ACCOUNT,
    options: ActorOptions = {},
  ): Promise<ConnectionStatus> {
    const asks = this.asks(options)
    return await this.#calls.signal(toRef(connector, account), TOKEN_SIGNALS.revoke, asks)
  }

  /**
   * Revokes the connection and ends its token workflow, so that nothing of it is left, its story neither. It
   * ends once the provider has been told; whoever connects it before that keeps it.
   */
  async remove(
    connector: string,
    account: string = DEFAULT_ACCOUNT,
    options: ActorOptions = {},
  ): Promise<ConnectionStatus> {
    const ref = toRef(connector, account)
    // It can't be undone: the message names what it means.
    const removal = { ...this.asks(options), connection: formatConnection(ref) }
    return await this.#calls.command(ref, TOKEN_UPDATES.remove, removal)
  }

  /** How the connection is; `toCondition` says what that means, and what to do next. */
  async status(connector: string, account: string = DEFAULT_ACCOUNT): Promise<ConnectionStatus> {
    const ref = toRef(connector, account)
    return await this.#calls.query<ConnectionStatus>(ref, TOKEN_QUERIES.status)
  }

  /**
   * The events of the connection's life, oldest first: the last 80 that matter, and the last 40 of the daily
   * round, which are marked `routine`. `by` is who asked, as the sender claims.
   */
  async story(
    connector: string,
    account: string = DEFAULT_ACCOUNT,
  ): Promise<readonly StoryEvent[]> {
    const ref = toRef(connector, account)
    return await this.#calls.query<readonly StoryEvent[]>(ref, TOKEN_QUERIES.story)
  }

  /** Who asks, as messages carry it. */
  protected asks({ actor }: ActorOptions): Asked {
    return { actor: actor === undefined ? this.#actor : toActor(actor) }
  }
}
