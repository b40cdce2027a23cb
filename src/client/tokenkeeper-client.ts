import { type Client, WithStartWorkflowOperation } from '@temporalio/client'
import type { Workflow } from '@temporalio/common'
import {
  ACCOUNT_RULE,
  type ConnectionRef,
  CONNECTOR_RULE,
  DEFAULT_ACCOUNT,
  formatConnection,
  isAccountName,
  isConnectorName,
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
import { createSealer, type Sealer } from '../sealing/sealer.js'
import { type CredentialInput, toCredentialSource } from './credential-input.js'
import { type Attempt, explainTemporalError } from './explain-temporal-error.js'
import { TokenkeeperError } from './tokenkeeper-error.js'

export interface TokenkeeperClientOptions {
  readonly client: Client
  /** What `npx tokenkeeper keygen` printed. Needed by `connect` and `rotate` with secret values. */
  readonly publicKey?: string
  /** The keeper worker's. Default `tokenkeeper`. */
  readonly taskQueue?: string
  /** How long commands wait for their outcome, in milliseconds. Default 60,000; queries 10,000 at most. */
  readonly timeoutMs?: number
}

const QUERY_TIMEOUT_MS = 10_000

/**
 * Operates connections with any Temporal client. Secret values are sealed in this process before they
 * leave it. Every method throws {@link TokenkeeperError} with a code and what to do next.
 */
export class TokenkeeperClient {
  readonly #client: Client
  readonly #sealer: Sealer | undefined
  readonly #taskQueue: string
  readonly #timeoutMs: number

  constructor(options: TokenkeeperClientOptions) {
    this.#client = options.client
    this.#sealer = options.publicKey === undefined ? undefined : createSealer(options.publicKey)
    this.#taskQueue = options.taskQueue ?? KEEPER_TASK_QUEUE
    this.#timeoutMs = options.timeoutMs ?? 60_000
  }

  /**
   * Gives a connection its credential, also to re-authorise a dead one; starts its token workflow
   * where there is none. Answers when the first token works; throws with what was wrong.
   */
  async connect(
    connector: string,
    account: string,
    credential: CredentialInput,
  ): Promise<ConnectionStatus> {
    const ref = toRef(connector, account)
    const source = await this.#seal(ref, credential)
    return await this.#command(ref, async () => {
      const startWorkflowOperation = new WithStartWorkflowOperation('tokenWorkflow', {
        workflowId: tokenWorkflowId(ref),
        taskQueue: this.#taskQueue,
        args: [{ connection: formatConnection(ref) }],
        workflowIdConflictPolicy: 'USE_EXISTING',
        staticSummary: `token of ${formatConnection(ref)}`,
      })
      return await this.#client.workflow.executeUpdateWithStart<
        Workflow,
        CommandResult,
        [CredentialSource]
      >(TOKEN_UPDATES.connect, { startWorkflowOperation, args: [source] })
    })
  }

  /** Changes the secret. The old one stays current until the new one has worked; answers with the verdict. */
  async rotate(
    connector: string,
    account: string,
    credential: CredentialInput,
  ): Promise<ConnectionStatus> {
    const ref = toRef(connector, account)
    const source = await this.#seal(ref, credential)
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

  async #seal(ref: ConnectionRef, credential: CredentialInput): Promise<CredentialSource> {
    return await toCredentialSource(credential, formatConnection(ref), this.#sealer)
  }

  #handle(ref: ConnectionRef) {
    return this.#client.workflow.getHandle(tokenWorkflowId(ref))
  }

  async #command(
    ref: ConnectionRef,
    send: () => Promise<CommandResult>,
  ): Promise<ConnectionStatus> {
    const result = await this.#attempt({ ref, kind: 'update' }, this.#timeoutMs, send)
    if (result.ok) return result.status
    throw new TokenkeeperError(result.code, result.message, formatConnection(ref))
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
      return await this.#client.withDeadline(Date.now() + timeoutMs, send)
    } catch (error) {
      throw explainTemporalError(error, { ...attempt, taskQueue: this.#taskQueue })
    }
  }
}

function toRef(connector: string, account: string): ConnectionRef {
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
