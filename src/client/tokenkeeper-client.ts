import type { Client } from '@temporalio/client'
import { WorkflowNotFoundError } from '@temporalio/common'
import type { BeginAuthorizationResult, CompleteAuthorization } from '../contract/authorization.js'
import {
  type ConnectionRef,
  DEFAULT_ACCOUNT,
  formatConnection,
  tokenWorkflowId,
} from '../contract/connection-ref.js'
import type { CredentialSource } from '../contract/credential.js'
import {
  type CommandResult,
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
import { type CommandedStatus, toCommandedStatus } from './commanded-status.js'
import { keeperOf } from './keeper-of.js'
import { needTheWay, tellingWaits } from './keeper-presence.js'
import {
  type CredentialInput,
  type ReplaceOptions,
  toCredentialSource,
} from './credential-input.js'
import { type Attempt, explainTemporalError } from './explain-temporal-error.js'
import { createReplay, type Replay } from './replay/create-replay.js'
import { createSyncProgress, type ReadSyncProgress } from './sync-progress.js'
import { TokenkeeperError } from './tokenkeeper-error.js'
import { updateWithStart } from './update-with-start.js'
import { untilProcessed } from './until-processed.js'
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
}

const QUERY_TIMEOUT_MS = 10_000

/**
 * Operates connections with any Temporal client. Secret values are sealed in this process before they
 * leave it. Every method throws {@link TokenkeeperError} with a code and what to do next.
 */
export class TokenkeeperClient {
  readonly #client: Client
  readonly #sealer: Seals | undefined
  readonly #taskQueue: string
  readonly #timeoutMs: number
  readonly #onWait: (message: string) => void
  /** Starts syncs again that ended without being done, each where it stopped: see {@link Replay}. */
  readonly replay: Replay
  readonly progress: ReadSyncProgress
  readonly checkSync: CheckSync

  constructor(options: TokenkeeperClientOptions) {
    this.#client = options.client
    this.replay = createReplay(options.client)
    this.progress = createSyncProgress(options.client)
    this.checkSync = createSyncCheck(options.client)
    const keeper = keeperOf(options.client)
    this.#sealer =
      options.publicKey === undefined ? keeper?.sealer : createSealer(options.publicKey)
    this.#taskQueue = options.taskQueue ?? keeper?.taskQueue ?? KEEPER_TASK_QUEUE
    this.#timeoutMs = options.timeoutMs ?? 60_000
    this.#onWait = options.onWait ?? (() => undefined)
  }

  /**
   * Gives a connection its credential, also to re-authorise a dead one; starts its token workflow
   * where there is none. Tries it with the connector's `verify` endpoint and answers with the state and
   * the account's name when it works; throws with what was wrong. The credential that the connection was
   * last connected with changes nothing, and is not sent again: the answer is marked `unchanged`.
   */
  async connect(
    connector: string,
    account: string,
    credential: CredentialInput,
    options: ReplaceOptions = {},
  ): Promise<CommandedStatus> {
    const ref = toRef(connector, account)
    const source = await this.#seal(ref, credential, options)
    return await this.#command(ref, () =>
      updateWithStart<CommandResult>(this.#client, this.#taskQueue, ref, {
        name: TOKEN_UPDATES.connect,
        argument: source,
      }),
    )
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
    const { message, state, binding } = await prepareAuthorization(ref, options, this.#sealer)
    const result = await this.#update(ref, () =>
      updateWithStart<BeginAuthorizationResult>(this.#client, this.#taskQueue, ref, {
        name: TOKEN_UPDATES.beginAuthorization,
        argument: message,
      }),
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
    return await this.#command(ref, async () => {
      try {
        return await this.#handle(ref).executeUpdate<CommandResult, [CompleteAuthorization]>(
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
    const source = await this.#seal(ref, credential, options)
    return await this.#command(ref, async () =>
      this.#handle(ref).executeUpdate<CommandResult, [CredentialSource]>(TOKEN_UPDATES.rotate, {
        args: [source],
      }),
    )
  }

  /** Asks for a new token now. Returns when the signal is taken; `story` tells how it went. */
  async refresh(connector: string, account: string = DEFAULT_ACCOUNT): Promise<void> {
    await this.#signal(toRef(connector, account), TOKEN_SIGNALS.refresh)
  }

  /** Stops handing out leases; refreshing goes on. Running flows stop within the age of a lease. */
  async pause(connector: string, account: string = DEFAULT_ACCOUNT): Promise<void> {
    await this.#signal(toRef(connector, account), TOKEN_SIGNALS.pause)
  }

  /** Hands out leases again. */
  async resume(connector: string, account: string = DEFAULT_ACCOUNT): Promise<void> {
    await this.#signal(toRef(connector, account), TOKEN_SIGNALS.resume)
  }

  /** Ends the connection: its credential is forgotten and every request denied, until `connect`. */
  async revoke(connector: string, account: string = DEFAULT_ACCOUNT): Promise<void> {
    await this.#signal(toRef(connector, account), TOKEN_SIGNALS.revoke)
  }

  /** How the connection is. */
  async status(connector: string, account: string = DEFAULT_ACCOUNT): Promise<ConnectionStatus> {
    return await this.#query<ConnectionStatus>(toRef(connector, account), TOKEN_QUERIES.status)
  }

  /** The last events of the connection's life, oldest first. */
  async story(
    connector: string,
    account: string = DEFAULT_ACCOUNT,
  ): Promise<readonly StoryEvent[]> {
    return await this.#query<readonly StoryEvent[]>(toRef(connector, account), TOKEN_QUERIES.story)
  }

  async #seal(
    ref: ConnectionRef,
    credential: CredentialInput,
    { allowOtherAccount }: ReplaceOptions,
  ): Promise<CredentialSource> {
    const source = await toCredentialSource(credential, formatConnection(ref), this.#sealer)
    return allowOtherAccount === true ? { ...source, allowOtherAccount } : source
  }

  #handle(ref: ConnectionRef) {
    return this.#client.workflow.getHandle(tokenWorkflowId(ref))
  }

  async #command(ref: ConnectionRef, send: () => Promise<CommandResult>): Promise<CommandedStatus> {
    return toCommandedStatus(ref, await this.#update(ref, send))
  }

  async #update<T>(ref: ConnectionRef, send: () => Promise<T>): Promise<T> {
    const timeoutMs = this.#timeoutMs
    const options = { taskQueue: this.#taskQueue, onWait: this.#onWait, timeoutMs }
    const way = { client: this.#client, ref, ...options }
    return await this.#attempt({ ref, kind: 'update' }, timeoutMs, async () => {
      await needTheWay(way)
      return await tellingWaits(way, send)
    })
  }

  async #signal(ref: ConnectionRef, name: string): Promise<void> {
    await this.#attempt({ ref, kind: 'signal' }, this.#timeoutMs, async () =>
      this.#handle(ref).signal(name),
    )
  }

  async #query<T>(ref: ConnectionRef, name: string): Promise<T> {
    const timeoutMs = Math.min(this.#timeoutMs, QUERY_TIMEOUT_MS)
    return await this.#attempt({ ref, kind: 'query' }, timeoutMs, async () =>
      this.#handle(ref).query<T>(name),
    )
  }

  async #attempt<T>(
    attempt: Omit<Attempt, 'taskQueue'>,
    timeoutMs: number,
    send: () => Promise<T>,
  ): Promise<T> {
    try {
      const deadlineMs = Date.now() + timeoutMs
      return await this.#client.withDeadline(deadlineMs, () => untilProcessed(send))
    } catch (error) {
      throw explainTemporalError(error, { ...attempt, taskQueue: this.#taskQueue })
    }
  }
}
