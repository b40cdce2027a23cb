import {
  type Client,
  WorkflowClient,
  type WorkflowHandle,
  WithStartWorkflowOperation,
  WorkflowUpdateFailedError,
} from '@temporalio/client'
import { type Workflow, ApplicationFailure } from '@temporalio/common'
import { setTimeout as pause } from 'node:timers/promises'
import type { ConnectionDetails, DetailsChange } from '../contract/connection-details.js'
import {
  type ConnectionRef,
  tokenWorkflowId,
  formatConnection,
} from '../contract/connection-ref.js'
import {
  ASK_AGAIN,
  type CommandResult,
  TOKEN_QUERIES,
  type Verification,
} from '../contract/messages.js'
import type { ConnectionStatus } from '../contract/token-status.js'
import { type Attempt, explainTemporalError, isTimeout } from './errors/explain-temporal-error.js'
import { needTheWay, announcingWait } from './keeper-presence.js'
import { TokenkeeperError } from './errors/tokenkeeper-error.js'
import {
  isSearchAttribute,
  onlyRegistered,
  startWithAttributes,
} from '../contract/search-attributes.js'
import { tokenAttributes, tokenWorkflowStart } from '../contract/token-workflow-start.js'
import { withoutUndefined } from '../contract/plain-data.js'

export interface ConnectionCallsOptions {
  readonly client: Client
  readonly taskQueue: string
  /** How long commands wait for their outcome. */
  readonly timeoutMs: number
  readonly onWait: (message: string) => void
}

const QUERY_TIMEOUT_MS = 10_000
/** A worker that drops a run it holds drops most of the queries that wait for it: the rest of the time is for asking again. */
const FIRST_QUERY_SHARE = 0.4

/** How a client reaches token workflows. Every method throws `TokenkeeperError`. */
export class ConnectionCalls {
  readonly #options: ConnectionCallsOptions
  /** The search attributes that the namespace had when the first connection was started; none where that may not be asked. */
  #registered: Promise<readonly string[]> | undefined
  /** Asks running workflows only: one that has ended tells how its connection was, not how it is. */
  readonly #asking: WorkflowClient

  constructor(options: ConnectionCallsOptions) {
    this.#options = options
    const { connection, workflow } = options.client
    const queryRejectCondition = 'NOT_OPEN'
    this.#asking = new WorkflowClient({ ...workflow.options, connection, queryRejectCondition })
  }

  handle(ref: ConnectionRef): WorkflowHandle {
    return this.#options.client.workflow.getHandle(tokenWorkflowId(ref))
  }

  /** Sends an update and takes its verdict. */
  async command(ref: ConnectionRef, name: string, argument: object): Promise<CommandedStatus> {
    return await this.commanded(ref, () =>
      this.handle(ref).executeUpdate<CommandResult, [object]>(name, { args: [argument] }),
    )
  }

  /** The same, for a connection that may not exist yet. */
  async commandWithStart(
    ref: ConnectionRef,
    name: string,
    argument: { readonly details?: DetailsChange | undefined },
  ): Promise<CommandedStatus> {
    const { tags, owner } = argument.details ?? {}
    const details = { tags: tags ?? undefined, owner: owner ?? undefined }
    const result = await this.updateWithStart<CommandResult>(ref, name, argument, details)
    return toCommandedStatus(ref, result)
  }

  async commanded(
    ref: ConnectionRef,
    send: () => Promise<CommandResult>,
  ): Promise<CommandedStatus> {
    return toCommandedStatus(ref, await this.#update(ref, send))
  }

  /** @param details what a connection that begins says of itself from now on */
  async updateWithStart<T>(
    ref: ConnectionRef,
    name: string,
    argument: object,
    details?: Pick<ConnectionDetails, 'tags' | 'owner'>,
  ): Promise<T> {
    const { client, taskQueue } = this.#options
    return await this.#update(ref, async () => {
      const known = await (this.#registered ??= registeredAttributes(client))
      const given = onlyRegistered(tokenAttributes(ref, details), known)
      return await startWithAttributes(given, (attributes) => {
        const start = tokenWorkflowStart(ref, taskQueue, attributes)
        return client.workflow.executeUpdateWithStart<Workflow, T, [object]>(name, {
          startWorkflowOperation: new WithStartWorkflowOperation('tokenWorkflow', start),
          args: [argument],
        })
      })
    })
  }

  /** Sends a signal, which is kept also where no keeper worker runs, and tells how the connection is then. */
  async signal(ref: ConnectionRef, name: string, argument: object): Promise<ConnectionStatus> {
    await this.#attempt({ ref, kind: 'signal' }, this.#options.timeoutMs, async () =>
      this.handle(ref).signal(name, argument),
    )
    try {
      return await this.query<ConnectionStatus>(ref, TOKEN_QUERIES.status)
    } catch (error) {
      throw isNoKeeperWorker(error) ? keptCommand(error, name) : error
    }
  }

  async query<T>(ref: ConnectionRef, name: string): Promise<T> {
    const timeoutMs = Math.min(this.#options.timeoutMs, QUERY_TIMEOUT_MS)
    const { client } = this.#options
    const handle = this.#asking.getHandle(tokenWorkflowId(ref))
    return await this.#attempt({ ref, kind: 'query' }, timeoutMs, async () => {
      try {
        const firstUntilMs = Date.now() + timeoutMs * FIRST_QUERY_SHARE
        return await client.withDeadline(firstUntilMs, () => handle.query<T>(name))
      } catch (error) {
        if (!isWorthAsking(error)) throw error
        return await handle.query<T>(name)
      }
    })
  }

  async #update<T>(ref: ConnectionRef, send: () => Promise<T>): Promise<T> {
    const way = { ...this.#options, ref }
    return await this.#attempt({ ref, kind: 'update' }, way.timeoutMs, async () => {
      await needTheWay(way)
      return await announcingWait(way, send)
    })
  }

  async #attempt<T>(
    attempt: Omit<Attempt, 'taskQueue'>,
    timeoutMs: number,
    send: () => Promise<T>,
  ): Promise<T> {
    const { client, taskQueue } = this.#options
    try {
      const deadlineMs = Date.now() + timeoutMs
      return await client.withDeadline(deadlineMs, () => untilProcessed(send))
    } catch (error) {
      throw explainTemporalError(error, { ...attempt, taskQueue })
    }
  }
}

async function registeredAttributes({ connection, options }: Client): Promise<readonly string[]> {
  try {
    const { namespace } = options
    const { customAttributes } = await connection.operatorService.listSearchAttributes({
      namespace,
    })
    return Object.entries(customAttributes)
      .filter((one) => isSearchAttribute(...one))
      .map(([name]) => name)
  } catch {
    return []
  }
}

/** No answer in time, or the refusal of a workflow whose worker has just started (`refuseStaleActivations`). */
function isWorthAsking(error: unknown): boolean {
  return isTimeout(error) || (error instanceof Error && error.message.includes(ASK_AGAIN))
}

function isNoKeeperWorker(error: unknown): error is TokenkeeperError {
  return error instanceof TokenkeeperError && error.code === 'NoKeeperWorker'
}

function keptCommand({ code, message, connection }: TokenkeeperError, name: string): Error {
  const kept = `What was asked for (${name}) is kept, and carried out once one runs.`
  return new TokenkeeperError(code, `${message} ${kept}`, connection)
}

const MOST_TRIES = 5
const PAUSE_MS = 300

/**
 * Sends an update again that no worker has looked at: one that was going away took the workflow task
 * and dropped it, and the server hands the update back untouched. Any other end is the caller's.
 */
export async function untilProcessed<T>(send: () => Promise<T>, pauseMs = PAUSE_MS): Promise<T> {
  for (let tries = 1; ; tries += 1) {
    try {
      return await send()
    } catch (error) {
      if (tries >= MOST_TRIES || !isUnprocessed(error)) throw error
      await pause(pauseMs * tries)
    }
  }
}

/** The server's own word for it (service/history/workflow/update). */
function isUnprocessed(error: unknown): boolean {
  if (!(error instanceof WorkflowUpdateFailedError)) return false
  return error.cause instanceof ApplicationFailure && error.cause.type === 'UnprocessedUpdate'
}

/** What came of a credential. */
export interface CommandedStatus extends ConnectionStatus {
  /** The connection was connected with this credential already: nothing was sent, nothing was changed. */
  readonly unchanged?: true | undefined
  /** After `verify`: what its endpoint says. */
  readonly verified?: Verification | undefined
}

/** @throws TokenkeeperError where the token workflow refused */
function toCommandedStatus(ref: ConnectionRef, result: CommandResult): CommandedStatus {
  if (result.outcome === 'refused')
    throw new TokenkeeperError(result.code, result.message, formatConnection(ref))
  const { status, unchanged, verified } = result
  return withoutUndefined({ ...status, unchanged, verified })
}
