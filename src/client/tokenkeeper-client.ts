import type { Client } from '@temporalio/client'
import { WorkflowNotFoundError } from '@temporalio/common'
import type { Actor } from '../contract/actor.js'
import type { BeginAuthorizationResult, CompleteAuthorization } from '../contract/authorization.js'
import { type ConnectionRef, formatConnection } from '../contract/connection-ref.js'
import { type CommandResult, type GivenCredential, TOKEN_UPDATES } from '../contract/messages.js'
import { KEEPER_TASK_QUEUE } from '../contract/task-queues.js'
import type { ConnectionStatus } from '../contract/token-status.js'
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
import type { CommandedStatus } from './connection-calls.js'
import {
  type ConnectLink,
  type ConnectLinkOptions,
  ConnectLinks,
  type ConnectLinkSettings,
} from './connect-links.js'
import { ConnectionCalls } from './connection-calls.js'
import { ConnectionOperations } from './connection-operations.js'
import { type CredentialInput, toCredentialSource } from './credential-input.js'
import { keeperOf } from './keeper-of.js'
import {
  actorOf,
  type ConnectOptions,
  type ReplaceOptions,
  toActor,
  toDetailsChange,
} from './operator-options.js'
import { createList, type ListConnections } from './list-connections.js'
import { createReplay, type Replay } from './replay/create-replay.js'
import { createSyncProgress, type ReadSyncProgress } from './sync-progress.js'
import { TokenkeeperError } from './errors/tokenkeeper-error.js'
import { toRef } from './operator-options.js'

export interface TokenkeeperClientOptions {
  /**
   * With the keeper's `TokenkeeperPlugin` among its plugins, it needs neither `publicKey` nor `taskQueue`.
   * @example client: new Client({ connection })
   */
  readonly client: Client
  /**
   * What `npx tokenkeeper keygen` printed. Needed by `connect` and `rotate` with secret values.
   * @example publicKey: process.env['TOKENKEEPER_PUBLIC_KEY']
   */
  readonly publicKey?: string | undefined
  /**
   * The keeper worker's. Default `tokenkeeper`.
   * @example taskQueue: 'tokenkeeper-eu'
   */
  readonly taskQueue?: string | undefined
  /**
   * How long commands wait for their outcome, in milliseconds. Default 60,000; queries 10,000 at most.
   * @example timeoutMs: 20_000
   */
  readonly timeoutMs?: number | undefined
  /**
   * Is told what a command waits for, where that takes longer than a few seconds: a sentence without secrets.
   * @example onWait: (message) => console.error(message)
   */
  readonly onWait?: ((message: string) => void) | undefined
  /**
   * Needed by `createConnectLink` and by the pages that it leads to.
   * @example connectLinks: { url: 'https://app.example/connect', keys: [key] }
   */
  readonly connectLinks?: ConnectLinkSettings | undefined
  /**
   * Who works with this client: stands in the life story as a claim. Default: the client's identity.
   * @example actor: { name: 'nightly import', via: 'cron' }
   */
  readonly actor?: Actor | string | undefined
}

/**
 * Operates connections with any Temporal client. Secret values are sealed in this process before they
 * leave it. Every method throws {@link TokenkeeperError} with a code and what to do next.
 */
export class TokenkeeperClient extends ConnectionOperations {
  readonly #calls: ConnectionCalls
  readonly #sealer: Seals | undefined
  /** Starts syncs again that ended without being done, each where it stopped: see {@link Replay}. */
  readonly replay: Replay
  readonly progress: ReadSyncProgress
  /** Lists connections by connector, status, tags, owner or end: see {@link ListConnections}. */
  readonly list: ListConnections
  readonly checkSync: CheckSync
  /** What connect pages need: see `createConnectPages` of `tokenkeeper/console`. */
  readonly connectLinks: ConnectLinks

  constructor(options: TokenkeeperClientOptions) {
    const { client, publicKey, actor, timeoutMs = 60_000, onWait = () => undefined } = options
    const keeper = keeperOf(client)
    const taskQueue = options.taskQueue ?? keeper?.taskQueue ?? KEEPER_TASK_QUEUE
    const calls = new ConnectionCalls({ client, taskQueue, timeoutMs, onWait })
    super(calls, actor === undefined ? actorOf(client) : toActor(actor))
    this.#calls = calls
    this.#sealer = publicKey === undefined ? keeper?.sealer : createSealer(publicKey)
    this.replay = createReplay(client)
    this.progress = createSyncProgress(client)
    this.checkSync = createSyncCheck(client)
    this.list = createList({ client, taskQueue, calls, onWarning: onWait })
    this.connectLinks = new ConnectLinks(options.connectLinks, calls)
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
        actor: this.asks(options).actor,
      },
    )
    if (result.outcome === 'refused')
      throw new TokenkeeperError(result.code, result.message, formatConnection(ref))
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

  async #give(
    ref: ConnectionRef,
    credential: CredentialInput,
    options: ConnectOptions,
  ): Promise<GivenCredential> {
    const connection = formatConnection(ref)
    const details = toDetailsChange(options, connection)
    const { actor } = this.asks(options)
    const source = await toCredentialSource(credential, connection, this.#sealer)
    const { allowOtherAccount } = options
    return { ...source, allowOtherAccount, details, actor }
  }
}
