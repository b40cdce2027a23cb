import type { Client } from '@temporalio/client'
import { defineSearchAttributeKey } from '@temporalio/common'
import {
  type ConnectionRef,
  formatConnection,
  parseConnection,
} from '../contract/connection-ref.js'
import { printJson, printLines, tellLines } from './print.js'
import { printStatus } from './print-status.js'
import type { TemporalOptions } from './temporal-options.js'
import { withKeeper } from './with-keeper.js'

const STATUS = defineSearchAttributeKey('TokenkeeperStatus', 'KEYWORD')
const EXPIRES_AT = defineSearchAttributeKey('TokenkeeperExpiresAt', 'DATETIME')

export interface StatusOptions extends TemporalOptions {
  readonly json?: true
}

/** `tokenkeeper status`: of one connection, asked for; or of all, as Temporal's visibility has them. */
export async function status(
  ref: ConnectionRef | undefined,
  options: StatusOptions,
): Promise<void> {
  await withKeeper(options, async ({ client, keeper }) => {
    if (ref !== undefined)
      printStatus(await keeper.status(ref.connector, ref.account), options.json)
    else await list(client, options)
  })
}

/** One line each: text in columns, or JSON. The search attributes may be missing: then their columns are empty. */
async function list(client: Client, { json, taskQueue }: StatusOptions): Promise<void> {
  const query = `WorkflowType = 'tokenWorkflow' AND ExecutionStatus = 'Running' AND TaskQueue = ${quote(taskQueue)}`
  let found = 0
  for await (const { workflowId, typedSearchAttributes, startTime } of client.workflow.list({
    query,
  })) {
    const ref = parseConnection(workflowId.replace(/^token:([^:]*):/, '$1/'))
    if (ref === undefined) continue
    found += 1
    const connection = formatConnection(ref)
    const state = typedSearchAttributes.get(STATUS)
    const until = typedSearchAttributes.get(EXPIRES_AT)?.toISOString()
    const line = { connection, status: state, expiresAt: until, startedAt: startTime.toISOString() }
    if (json === true) printJson(line)
    else
      printLines(
        `${connection.padEnd(32)} ${(state ?? 'unknown').padEnd(14)} ${until ?? ''}`.trimEnd(),
      )
  }
  if (found === 0) tellLines(`No connection is kept on the task queue '${taskQueue}'.`)
}

/** A text of Temporal's list filter. */
function quote(text: string): string {
  return `'${text.replace(/[\\']/g, '\\$&')}'`
}
