import { formatConnection, parseConnection } from './connection-ref.js'
import { isFunctionSink, type SyncInput } from './sync.js'

/**
 * One workflow id for all starts of the same work, so that a second start while the first one runs is
 * refused by Temporal (`WorkflowExecutionAlreadyStartedError`), or joins it with
 * `workflowIdConflictPolicy: 'USE_EXISTING'`: `sync:shopify/acme orders.list to erp/default orders.upsert`.
 * @param name tells syncs between the same endpoints apart, such as those of different `input`
 */
export function syncWorkflowId(
  { from, to }: Pick<SyncInput, 'from' | 'to'>,
  name?: string,
): string {
  const source = `${fullName(from.connection)} ${from.endpoint}`
  const sink = isFunctionSink(to)
    ? `function ${to.sink}`
    : `${fullName(to.connection)} ${to.endpoint}`
  return `sync:${source} to ${sink}${name === undefined ? '' : ` (${name})`}`
}

/** `erp` and `erp/default` are the same connection. */
function fullName(connection: string): string {
  const ref = parseConnection(connection)
  return ref === undefined ? connection : formatConnection(ref)
}
