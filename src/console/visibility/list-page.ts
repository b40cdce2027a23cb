import type { Client } from '@temporalio/client'
import { TokenkeeperError } from '../../client/errors/tokenkeeper-error.js'

/** One execution as visibility knows it: no worker is asked. */
export interface ListedExecution {
  readonly workflowId: string
  readonly runId: string
  readonly startedAtMs: number
  readonly closedAtMs: number | undefined
  /** The number of Temporal's `WorkflowExecutionStatus`. */
  readonly executionStatus: number
  /** Search attributes by name, decoded. */
  readonly attributes: Readonly<Record<string, unknown>>
}

export interface ListedPage {
  readonly executions: readonly ListedExecution[]
  /** Opaque; absent: this was the last page. */
  readonly next: string | undefined
}

const LIST_TIMEOUT_MS = 10_000
const MAX_PAGE_TOKEN = 4000

/** One page of what a list filter finds. @throws TokenkeeperError `Unavailable`, `InvalidInput` */
export async function listPage(
  client: Client,
  query: string,
  { pageSize, page }: { readonly pageSize: number; readonly page?: string | undefined },
): Promise<ListedPage> {
  if (page !== undefined && (page.length > MAX_PAGE_TOKEN || !/^[\w-]*$/.test(page)))
    throw new TokenkeeperError(
      'InvalidInput',
      'This page of the list is none: open the list again.',
    )
  const answer = await askVisibility(client, () =>
    client.workflowService.listWorkflowExecutions({
      namespace: client.options.namespace,
      query,
      pageSize,
      nextPageToken: Buffer.from(page ?? '', 'base64url'),
    }),
  )
  const next = Buffer.from(answer.nextPageToken).toString('base64url')
  return {
    executions: answer.executions.flatMap((one) => {
      const { workflowId, runId } = one.execution ?? {}
      if (!workflowId || !runId) return []
      return {
        workflowId,
        runId,
        startedAtMs: timeMs(one.startTime) ?? 0,
        closedAtMs: timeMs(one.closeTime),
        executionStatus: Number(one.status),
        attributes: decodeAttributes(one.searchAttributes?.indexedFields ?? {}),
      }
    }),
    next: next === '' || answer.executions.length === 0 ? undefined : next,
  }
}

/** How many executions a list filter finds. @throws TokenkeeperError `Unavailable` */
export async function countExecutions(client: Client, query: string): Promise<number> {
  const { count } = await askVisibility(client, () =>
    client.workflowService.countWorkflowExecutions({ namespace: client.options.namespace, query }),
  )
  return Number(count)
}

async function askVisibility<T>(client: Client, send: () => Promise<T>): Promise<T> {
  try {
    return await client.withDeadline(Date.now() + LIST_TIMEOUT_MS, send)
  } catch (error) {
    const reason = error instanceof Error ? error.message : 'no answer'
    const unknown = /Tokenkeeper(\w+)/.exec(reason)
    if (unknown !== null && /not (?:defined|found|valid)|invalid/i.test(reason))
      throw new TokenkeeperError(
        'SearchAttributesMissing',
        `The namespace has no search attribute Tokenkeeper${unknown[1] ?? ''}: register it with \`npx tokenkeeper setup\`, and start a keeper worker again.`,
      )
    throw new TokenkeeperError(
      'Unavailable',
      `Temporal did not list the workflows (${reason}): is the server reachable?`,
    )
  }
}

function timeMs(
  time: { readonly seconds?: unknown; readonly nanos?: number | null } | null | undefined,
): number | undefined {
  const ms = Number(time?.seconds ?? 0) * 1000 + Math.floor((time?.nanos ?? 0) / 1e6)
  return ms === 0 ? undefined : ms
}

function decodeAttributes(
  fields: Readonly<Record<string, { readonly data?: Uint8Array | null }>>,
): Readonly<Record<string, unknown>> {
  return Object.fromEntries(
    Object.entries(fields).flatMap(([name, { data }]) => {
      try {
        return [[name, JSON.parse(Buffer.from(data ?? []).toString('utf8')) as unknown]]
      } catch {
        return []
      }
    }),
  )
}
