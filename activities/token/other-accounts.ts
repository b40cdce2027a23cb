import { Context } from '@temporalio/activity'
import { type ConnectionRef, tokenWorkflowId } from '../../src/contract/connection-ref.js'
import { searchAttributeKey } from '../../src/contract/search-attributes.js'

const STATUS = searchAttributeKey('TokenkeeperStatus')
const MOST = 5
const LOOKED_AT = 50
const PATIENCE_MS = 3000

/**
 * Other accounts of a connector that were connected once, at most five, as visibility has them: it is a
 * moment behind. None where it does not answer.
 */
export async function otherAccounts(ref: ConnectionRef): Promise<readonly string[]> {
  const prefix = tokenWorkflowId({ ...ref, account: '' })
  const query = `WorkflowType = 'tokenWorkflow' AND ExecutionStatus = 'Running' AND WorkflowId STARTS_WITH '${prefix}'`
  const found: string[] = []
  try {
    const { client } = Context.current()
    await client.withDeadline(Date.now() + PATIENCE_MS, async () => {
      let looked = 0
      for await (const one of client.workflow.list({ query, pageSize: LOOKED_AT })) {
        const account = one.workflowId.slice(prefix.length)
        const isPending = one.typedSearchAttributes.get(STATUS) === 'pending'
        if (account !== ref.account && !isPending) found.push(account)
        looked += 1
        if (found.length >= MOST || looked >= LOOKED_AT) return
      }
    })
  } catch {
    // What it would add to a message is not worth waiting for.
  }
  return found.sort()
}
