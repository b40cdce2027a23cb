import type { Client } from '@temporalio/client'
import type { SyncProgress } from '../../client/sync-progress.js'
import type { TokenkeeperClient } from '../../client/tokenkeeper-client.js'
import {
  FAILURE_CATEGORIES,
  type FailureCategory,
  codesOf,
  FAILURES,
} from '../../contract/failures.js'
import { isTemporalId } from '../../contract/outside-values.js'
import { type ListedExecution, listPage } from './list-page.js'

/** Which syncs are shown: those that run, or those that ended without being done. */
export interface SyncSearch {
  readonly show: 'running' | 'failed'
  readonly failure?: FailureCategory | undefined
  /** One, by its workflow id. */
  readonly id?: string | undefined
}

export interface SyncRow extends ListedExecution {
  readonly state: string
  readonly failure: string | undefined
  /** The progress of a sync that runs, as far as it answered in time. */
  readonly progress: SyncProgress | undefined
}

const PROGRESS_WITHIN_MS = 3000
/** Temporal's `WorkflowExecutionStatus`, in words. */
const EXECUTION_STATES: Readonly<Record<number, string>> = {
  1: 'running',
  2: 'completed',
  3: 'failed',
  4: 'cancelled',
  5: 'terminated',
  6: 'continued',
  7: 'timed out',
}

export function readSyncSearch(query: URLSearchParams): SyncSearch {
  const id = query.get('id')
  return {
    show: query.get('show') === 'failed' ? 'failed' : 'running',
    failure: FAILURE_CATEGORIES.find((category) => category === query.get('failure')),
    id: isTemporalId(id) ? id : undefined,
  }
}

/** The list filter of Temporal. */
export function syncQuery({ show, failure, id }: SyncSearch): string {
  if (id !== undefined) return `WorkflowId = '${id.replace(/[\\']/g, '\\$&')}'`
  const parts = [`WorkflowType = 'syncFlow'`]
  if (show === 'running') parts.push(`ExecutionStatus = 'Running'`)
  else parts.push(`ExecutionStatus IN ('Failed', 'TimedOut', 'Terminated', 'Canceled')`)
  if (show === 'failed' && failure !== undefined) {
    const codes = codesOf([failure])
    if (codes.length > 0)
      parts.push(`TokenkeeperFailure IN (${codes.map((code) => `'${code}'`).join(', ')})`)
    else parts.push(`ExecutionStatus = '${ENDED_BY[failure] ?? 'Failed'}'`)
  }
  return parts.join(' AND ')
}

const ENDED_BY: Readonly<Partial<Record<FailureCategory, string>>> = {
  timeout: 'TimedOut',
  terminated: 'Terminated',
  cancelled: 'Canceled',
}

/** What a person does about a failure, where its code is one of the table. */
export function whatToDo(code: string): string | undefined {
  return Object.hasOwn(FAILURES, code)
    ? FAILURES[code as keyof typeof FAILURES].whatToDo
    : undefined
}

/** A page of syncs from visibility, with the progress of those that run. */
export async function listSyncs(
  { client, keeper }: { readonly client: Client; readonly keeper: TokenkeeperClient },
  query: string,
  options: { readonly pageSize: number; readonly page?: string | undefined },
): Promise<{ readonly syncs: readonly SyncRow[]; readonly next: string | undefined }> {
  const { executions, next } = await listPage(client, query, options)
  const late = new Promise<undefined>((resolve) => {
    setTimeout(() => resolve(undefined), PROGRESS_WITHIN_MS).unref()
  })
  const syncs = await Promise.all(
    executions.map(async (one) => {
      const { TokenkeeperFailure: failure } = one.attributes
      const state = EXECUTION_STATES[one.executionStatus] ?? 'unknown'
      const asked =
        state === 'running'
          ? keeper.progress(one.workflowId).catch(() => undefined)
          : Promise.resolve(undefined)
      return {
        ...one,
        state,
        failure: typeof failure === 'string' ? failure : undefined,
        progress: await Promise.race([asked, late]),
      }
    }),
  )
  return { syncs, next }
}
