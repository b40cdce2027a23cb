import type { Client } from '@temporalio/client'
import { WorkflowNotFoundError } from '@temporalio/common'
import type { Actor } from '../contract/actor.js'
import type { BeginAuthorizationResult, CompleteAuthorization } from '../contract/authorization.js'
import type { DetailsChange } from '../contract/connection-details.js'
import {
  type ConnectionRef,
  DEFAULT_ACCOUNT,
  formatConnection,
} from '../contract/connection-ref.js'
import {
  type Asked,
  type CommandResult,
  type GivenCredential,
  TOKEN_QUERIES,
  TOKEN_SIGNALS,
  TOKEN_UPDATES,
} from '../contract/messages.js'
import { KEEPER_TASK_QUEUE } from '../contract/token-activities.js'
import type { ConnectionStatus, StoryEvent } from '../contract/token-status.js'
import { createSealer, type Seals } from '../sealing/sealer.js'
import {
  type BeginAuthorizationOptions,
  type BegunAuthorization,
  type CompleteAuthorizationInput,
  prepareAuthorization,
  toCompletion,
  withState,
} from './authorize.js'
import { type CheckSync, createSyncCheck } from './check-sync.js'
import type { CommandedStatus } from './commanded-status.js'
import {
  type ConnectLink,
  type ConnectLinkOptions,
  ConnectLinks,
  type ConnectLinkSettings,
} from './connect-links.js'
import { ConnectionCalls } from './connection-calls.js'
import { type CredentialInput, toCredentialSource } from './credential-input.js'
import { keeperOf } from './keeper-of.js'
import {
  actorOf,
  type ActorOptions,
  checkDetailsChange,
  type ConnectOptions,
  type ReplaceOptions,
  toActor,
  toDetailsChange,
} from './operator-options.js'
import { createList, type ListConnections } from './list-connections.js'
import { createReplay, type Replay } from './replay/create-replay.js'
import { createSyncProgress, type ReadSyncProgress } from './sync-progress.js'
import { TokenkeeperError } from './tokenkeeper-error.js'
import { toRef } from './to-ref.js'

export interface TokenkeeperClientOptions {
  /** With the keeper's `TokenkeeperPlugin` among its plugins, it needs neither `publicKey` nor `taskQueue`. */
  readonly client: Client
  /** What `npx tokenkeeper keygen` printed. Needed by `connect` and `rotate` with secret values. */
  readonly publicKey?: string | undefined
  /** The keeper worker's. Default `tokenkeeper`. */
  readonly taskQueue?: string | undefined
  /** How long commands wait for their outcome, in milliseconds. Default 60,000; queries 10,000 at most. */
  readonly timeoutMs?: number | undefined
  /** Is told what a command waits for, where that takes longer than a few seconds: a sentence without secrets. */
  readonly onWait?: ((message: string) => void) | undefined
  /** Needed by `createConnectLink` and by the pages that it leads to. */
  readonly connectLinks?: ConnectLinkSettings | undefined
  /** Who works with this client: stands in the life story as a claim. Default: the client's identity. */
  readonly actor?: Actor | string | undefined
}

/**
 * Operates connections with any Temporal client. Secret values are sealed in this process before they
 * leave it. Every method throws {@link TokenkeeperError} with a code and what to do next.
 */
export class TokenkeeperClient {
  readonly #calls: ConnectionCalls
  readonly #sealer: Seals | undefined
  readonly #actor: Actor
  /** Starts syncs again that ended without being done, each where it stopped: see {@link Replay}. */
  readonly replay: Replay
  readonly progress: ReadSyncProgress
  /** Lists connections by connector, status, tags, owner or end: see {@link ListConnections}. */
  readonly list: ListConnections
  readonly checkSync: CheckSync
  /** What connect pages need: see `createConnectPages` of `tokenkeeper/console`. */
  readonly connectLinks: ConnectLinks

  constructor(options: TokenkeeperClientOptions) {
    this.replay = createReplay(options.client)
    this.progress = createSyncProgress(options.client)
    this.checkSync = createSyncCheck(options.client)
    const keeper = keeperOf(options.client)
    this.#sealer =
      options.publicKey === undefined ? keeper?.sealer : createSealer(options.publicKey)
    this.#actor = options.actor === undefined ? actorOf(options.client) : toActor(options.actor)
    const { client, timeoutMs = 60_000, onWait = () => undefined } = options
    const taskQueue = options.taskQueue ?? keeper?.taskQueue ?? KEEPER_TASK_QUEUE
    this.#calls = new ConnectionCalls({ client, taskQueue, timeoutMs, onWait })
    this.connectLinks = new ConnectLinks(options.connectLinks, this.#calls)
    this.list = createList({ client, taskQueue, calls: this.#calls, onWarning: onWait })
  }

  /**
   * Gives a connection its credential, also to re-authorise a dead one; starts its token workflow
   * where there is none. Tries it with the connector's `verify` endpoint and answers with the state and
   * the account's name when it works; throws with what was wrong. The credential that the connection was
   * last connected with changes nothing, and is not sent again: the answer is marked `unchanged`.
   * `tags`, `owner`, `description` and `metadata` of the options hold once it works; absent ones stay.
   */
  async connect(
    connector: string,
    account: string,
    credential: CredentialInput,
    options: ConnectOptions = {},
  ): Promise<CommandedStatus> {
    const ref = toRef(connector, account)
    const given = await this.#give(ref, credential, options)
    return await this.#calls.commandWithStart(ref, TOKEN_UPDATES.connect, given)
  }

  /**
   * Makes a link that a person opens once, within half an hour by default, to connect this one account or
   * to re-authorise it: by consent at the provider, or with a form of the fields that the kind takes.
   */
  async createConnectLink(options: ConnectLinkOptions): Promise<ConnectLink> {
    return await this.connectLinks.create(options)
  }

  /**
   * Begins an authorization in a browser, of a new connection or a living one: open the `url`, keep
   * the `binding` in the session of the browser that asked, and hand the callback to
   * {@link completeAuthorization} within 10 minutes.
   */
  async beginAuthorization(
    connector: string,
    account: string,
    options: BeginAuthorizationOptions,
  ): Promise<BegunAuthorization> {
    const ref = toRef(connector, account)
    const prepared = await prepareAuthorization(ref, options, this.#sealer)
    const { message, state, binding } = prepared
    const result = await this.#calls.updateWithStart<BeginAuthorizationResult>(
      ref,
      TOKEN_UPDATES.beginAuthorization,
      {
        ...message,
        details: toDetailsChange(options, formatConnection(ref)),
        actor: this.#asks(options).actor,
      },
    )
    if (!result.ok) throw new TokenkeeperError(result.code, result.message, formatConnection(ref))
    const { url, expiresAtMs } = result
    return { url: withState(url, state), state, binding, expiresAtMs }
  }

  /**
   * Takes in the callback of an authorization and answers when the first token works; throws with what
   * was wrong, by `AUTHORIZATION_CODES` or what the exchange failed with. Each authorization is good for
   * one callback, whatever comes of it.
   */
  async completeAuthorization(input: CompleteAuthorizationInput): Promise<ConnectionStatus> {
    const { ref, message } = await toCompletion(input, this.#sealer)
    return await this.#calls.commanded(ref, async () => {
      try {
        return await this.#calls
          .handle(ref)
          .executeUpdate<CommandResult, [CompleteAuthorization]>(
            TOKEN_UPDATES.completeAuthorization,
            { args: [message] },
          )
      } catch (error) {
        if (!(error instanceof WorkflowNotFoundError)) throw error
        throw new TokenkeeperError(
          'AuthorizationStateUnknown',
          `No authorization of ${formatConnection(ref)} waits for this callback: begin it again.`,
          formatConnection(ref),
        )
      }
    })
  }

  /**
   * Changes the secret. The old one stays current until the new one has worked; answers with the verdict.
   * The same secret again changes nothing: the answer is marked `unchanged`.
   */
  async rotate(
    connector: string,
    account: string,
    credential: CredentialInput,
    options: ReplaceOptions = {},
  ): Promise<CommandedStatus> {
    const ref = toRef(connector, account)
    const given = await this.#give(ref, credential, options)
    return await this.#calls.command(ref, TOKEN_UPDATES.rotate, given)
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
    const { actor } = this.#asks(options)
    return await this.#calls.command(ref, TOKEN_UPDATES.details, { change: checked, actor })
  }

  /** Asks for a new token now. Answers when the signal is taken; `story` tells how it went. */
  async refresh(
    connector: string,
    account: string = DEFAULT_ACCOUNT,
    options: ActorOptions = {},
  ): Promise<ConnectionStatus> {
    const asks = this.#asks(options)
    return await this.#calls.signal(toRef(connector, account), TOKEN_SIGNALS.refresh, asks)
  }

  /** Stops handing out leases; refreshing goes on. Running flows stop within the age of a lease. */
  async pause(
    connector: string,
    account: string = DEFAULT_ACCOUNT,
    options: ActorOptions = {},
  ): Promise<ConnectionStatus> {
    const asks = this.#asks(options)
    return await this.#calls.signal(toRef(connector, account), TOKEN_SIGNALS.pause, asks)
  }

  /** Hands out leases again: flows that were parked go on, one after the other. */
  async resume(
    connector: string,
    account: string = DEFAULT_ACCOUNT,
    options: ActorOptions = {},
  ): Promise<ConnectionStatus> {
    const asks = this.#asks(options)
    return await this.#calls.signal(toRef(connector, account), TOKEN_SIGNALS.resume, asks)
  }

  /** Ends the connection: its credential is forgotten and every request denied, until `connect`. */
  async revoke(
    connector: string,
    account: string = DEFAULT_ACCOUNT,
    options: ActorOptions = {},
  ): Promise<ConnectionStatus> {
    const asks = this.#asks(options)
    return await this.#calls.signal(toRef(connector, account), TOKEN_SIGNALS.revoke, asks)
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

  async #give(
    ref: ConnectionRef,
    credential: CredentialInput,
    options: ConnectOptions,
  ): Promise<GivenCredential> {
    const connection = formatConnection(ref)
    const details = toDetailsChange(options, connection)
    const { actor } = this.#asks(options)
    const source = await toCredentialSource(credential, connection, this.#sealer)
    const { allowOtherAccount } = options
    return { ...source, allowOtherAccount, details, actor }
  }

  #asks({ actor }: ActorOptions): Asked {
    return { actor: actor === undefined ? this.#actor : toActor(actor) }
  }
}
