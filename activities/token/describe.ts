import { Context } from '@temporalio/activity'
import {
  type ConnectionRef,
  DEFAULT_ACCOUNT,
  tokenWorkflowId,
} from '../../src/contract/connection-ref.js'
import type {
  DescribeInput,
  DescribeResult,
  TokenActivities,
} from '../../src/contract/token-activities.js'
import { searchAttributeKey } from '../../src/contract/search-attributes.js'
import type { Keeper } from '../keeper/keeper.js'
import { findConnector } from '../connection/resolve-connection.js'
import { connectorFacts } from './connector-facts.js'

/** Tells a token workflow what it has to know of its connector. */
export function createDescribe(keeper: Keeper): TokenActivities['tokenkeeper.describe'] {
  return (input) => describeConnector(keeper, input)
}

/** What a token workflow has to know of its connector, and of the cluster. */
export async function describeConnector(
  keeper: Keeper,
  { connection, pending }: DescribeInput,
): Promise<DescribeResult> {
  const searchAttributes = await keeper.searchAttributes()
  const { maxIdBytes } = keeper
  const notices: true | undefined = keeper.notices.isOn ? true : undefined
  const base = { searchAttributes, maxIdBytes, notices }
  const found = findConnector(keeper.connectors, connection)
  if (found.outcome === 'refused') return { outcome: 'unknown', message: found.message, ...base }
  const { connector, ref } = found
  const facts = await connectorFacts(connector, keeper.keyring)
  if (pending !== true || ref.account !== DEFAULT_ACCOUNT)
    return { outcome: 'known', facts, ...base }
  const others = await otherAccounts(ref)
  return { outcome: 'known', facts, ...base, otherAccounts: others }
}

const STATUS = searchAttributeKey('TokenkeeperStatus')
const MOST = 5
const LOOKED_AT = 50
const LIST_PATIENCE_MS = 3000

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
    await client.withDeadline(Date.now() + LIST_PATIENCE_MS, async () => {
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
