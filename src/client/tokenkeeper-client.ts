import {
  type Client,
  QueryNotRegisteredError,
  WithStartWorkflowOperation,
  WorkflowNotFoundError,
  WorkflowUpdateFailedError,
  type WorkflowHandle,
} from '@temporalio/client'
import type { Workflow } from '@temporalio/common'
import {
  ACCOUNT_RULE,
  CONNECTOR_RULE,
  type ConnectionRef,
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
import type { PublicKeyText } from '../sealing/key-pair.js'
import { createSealer, type Sealer } from '../sealing/sealer.js'
import { Secret } from '../sealing/secret.js'
import { TokenkeeperError } from './tokenkeeper-error.js'

export interface TokenkeeperClientOptions {
  readonly client: Client
  /** The line that `npx tokenkeeper keygen` printed. Needed for values, not for references. */
  readonly publicKey?: PublicKeyText
  /** The keeper worker's task queue. Default `tokenkeeper`. */
  readonly taskQueue?: string
}

/**
 * A credential: fields by name, as `{ apiKey }`, `{ username, password }`, `{ refreshToken }` or
 * `{ clientSecret }`; or a reference that the keeper worker's allow-list names.
 */
export type Credential = Readonly<Record<string, string | Secret>> | { readonly reference: string }

/**
 * Connections as applications and operators handle them, on any Temporal client. Values are sealed
 * in this process before they leave it. Every method throws {@link TokenkeeperError}.
 */
export class TokenkeeperClient {
  readonly #client: Client
  readonly #sealer: Sealer | undefined
  readonly #taskQueue: string

  constructor(options: TokenkeeperClientOptions) {
    this.#client = options.client
    this.#sealer = options.publicKey === undefined ? undefined : createSealer(options.publicKey)
    this.#taskQueue = options.taskQueue ?? KEEPER_TASK_QUEUE
  }

  /** Gives a connection its credential; answers when the first token works, or throws what was wrong. */
  async connect(
    connector: string,
    account: string = DEFAULT_ACCOUNT,
    credential: Credential = {},
  ): Promise<ConnectionStatus> {
    const ref = readRef(connector, account)
    const startWorkflowOperation = new WithStartWorkflowOperation('tokenWorkflow', {
      workflowId: tokenWorkflowId(ref),
      taskQueue: this.#taskQueue,
      args: [{ connection: formatConnection(ref) }],
      workflowIdConflictPolicy: 'USE_EXISTING',
    })
    const source = await this.#toSource(ref, credential)
    return await answer(ref, () =>
      this.#client.workflow.executeUpdateWithStart<Workflow, CommandResult, [CredentialSource]>(
        TOKEN_UPDATES.connect,
        { args: [source], startWorkflowOperation },
      ),
    )
  }

  /** Changes the credential; the old one stays current until the new one has been tried. */
  async rotate(
    connector: string,
    account: string,
    credential: Credential,
  ): Promise<ConnectionStatus> {
    const ref = readRef(connector, account)
    const source = await this.#toSource(ref, credential)
    return await answer(ref, () =>
      this.#handle(ref).executeUpdate<CommandResult, [CredentialSource]>(TOKEN_UPDATES.rotate, {
        args: [source],
      }),
    )
  }

  /** Refreshes the token now. */
  async refresh(connector: string, account: string = DEFAULT_ACCOUNT): Promise<void> {
    await this.#signal(connector, account, TOKEN_SIGNALS.refresh)
  }

  /** Stops answering lease requests; running flows notice at the end of their lease. */
  async pause(connector: string, account: string = DEFAULT_ACCOUNT): Promise<void> {
    await this.#signal(connector, account, TOKEN_SIGNALS.pause)
  }

  async resume(connector: string, account: string = DEFAULT_ACCOUNT): Promise<void> {
    await this.#signal(connector, account, TOKEN_SIGNALS.resume)
  }

  /** Ends the connection: its credential is forgotten and every request denied. */
  async revoke(connector: string, account: string = DEFAULT_ACCOUNT): Promise<void> {
    await this.#signal(connector, account, TOKEN_SIGNALS.revoke)
  }

  async status(connector: string, account: string = DEFAULT_ACCOUNT): Promise<ConnectionStatus> {
    return await this.#query<ConnectionStatus>(connector, account, TOKEN_QUERIES.status)
  }

  /** The last events of the connection's life, oldest first. */
  async story(
    connector: string,
    account: string = DEFAULT_ACCOUNT,
  ): Promise<readonly StoryEvent[]> {
    return await this.#query<readonly StoryEvent[]>(connector, account, TOKEN_QUERIES.story)
  }

  #handle(ref: ConnectionRef): WorkflowHandle {
    return this.#client.workflow.getHandle(tokenWorkflowId(ref))
  }

  async #signal(connector: string, account: string, name: string): Promise<void> {
    const ref = readRef(connector, account)
    await explain(ref, () => this.#handle(ref).signal(name))
  }

  async #query<T>(connector: string, account: string, name: string): Promise<T> {
    const ref = readRef(connector, account)
    return await explain(ref, () => this.#handle(ref).query<T>(name))
  }

  async #toSource(ref: ConnectionRef, credential: Credential): Promise<CredentialSource> {
    if ('reference' in credential) return { reference: String(credential.reference) }
    if (this.#sealer === undefined)
      throw new TokenkeeperError(
        'NoPublicKey',
        'this TokenkeeperClient has no publicKey to seal values with: give it the line that `npx tokenkeeper keygen` printed, or send a reference',
      )
    const fields = Object.entries(credential).map(([name, value]) => [
      name,
      value instanceof Secret ? value.reveal() : value,
    ])
    const binding = { connection: formatConnection(ref), purpose: 'credential' } as const
    return {
      sealed: await this.#sealer.seal(JSON.stringify(Object.fromEntries(fields)), binding),
    }
  }
}

function readRef(connector: string, account: string): ConnectionRef {
  if (!isConnectorName(connector))
    throw new TokenkeeperError('InvalidInput', `a connector's name has ${CONNECTOR_RULE}`)
  if (!isAccountName(account))
    throw new TokenkeeperError('InvalidInput', `an account's name has ${ACCOUNT_RULE}`)
  return { connector, account }
}

async function answer(
  ref: ConnectionRef,
  ask: () => Promise<CommandResult>,
): Promise<ConnectionStatus> {
  const result = await explain(ref, ask)
  if (result.ok) return result.status
  throw new TokenkeeperError(result.code, `${formatConnection(ref)}: ${result.message}`)
}

/** Says what a Temporal error means for a connection. */
async function explain<T>(ref: ConnectionRef, ask: () => Promise<T>): Promise<T> {
  const name = formatConnection(ref)
  try {
    return await ask()
  } catch (error) {
    if (error instanceof WorkflowNotFoundError)
      throw new TokenkeeperError(
        'NotConnected',
        `there is no connection ${name} (or its token workflow has ended): connect it with TokenkeeperClient.connect`,
      )
    if (error instanceof WorkflowUpdateFailedError)
      throw new TokenkeeperError('InvalidInput', `${name}: ${error.cause?.message ?? 'refused'}`)
    if (error instanceof QueryNotRegisteredError)
      throw new TokenkeeperError('NotConnected', `${tokenWorkflowId(ref)} is no token workflow`)
    const why = error instanceof Error ? error.message : 'unknown'
    throw new TokenkeeperError(
      'Unavailable',
      `${name}: Temporal gave no answer (${why}): is the server reachable, and does a keeper worker run?`,
    )
  }
}
