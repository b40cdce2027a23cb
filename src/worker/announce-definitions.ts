import type { Client } from '@temporalio/client'
import { formatConnection, tokenWorkflowId } from '../contract/connection-ref.js'
import { TOKEN_QUERIES, TOKEN_SIGNALS } from '../contract/messages.js'
import type { ConnectionStatus } from '../contract/token-status.js'

const AT_ONCE = 8

/**
 * Tells the connections whose definition differs from this worker's. Asked by query, so that those
 * which know it already pay nothing.
 * @param fingerprints connector id to fingerprint
 */
export async function announceDefinitions(
  client: Client,
  taskQueue: string,
  fingerprints: ReadonlyMap<string, string>,
  signal: AbortSignal,
): Promise<void> {
  const query = `WorkflowType = 'tokenWorkflow' AND ExecutionStatus = 'Running' AND TaskQueue = '${taskQueue}'`
  const running = new Set<Promise<void>>()
  for await (const { workflowId } of client.workflow.list({ query })) {
    if (signal.aborted) return
    const [, connector, account] = workflowId.split(':')
    const fingerprint = fingerprints.get(connector ?? '')
    if (connector === undefined || account === undefined || fingerprint === undefined) continue
    const one = announce(client, { connector, account }, fingerprint).catch(() => undefined)
    const tracked = one.then(() => {
      running.delete(tracked)
    })
    running.add(tracked)
    if (running.size >= AT_ONCE) await Promise.race(running)
  }
  await Promise.all(running)
}

async function announce(
  client: Client,
  ref: { readonly connector: string; readonly account: string },
  fingerprint: string,
): Promise<void> {
  const handle = client.workflow.getHandle(tokenWorkflowId(ref))
  const status = await handle.query<ConnectionStatus>(TOKEN_QUERIES.status)
  if (status.connection !== formatConnection(ref) || status.definition === fingerprint) return
  await handle.signal(TOKEN_SIGNALS.definition, { fingerprint })
}
