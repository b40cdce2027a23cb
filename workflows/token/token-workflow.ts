import { formatConnection, parseConnection } from '../../src/contract/connection-ref.js'
import { followDeployments } from '../long-lived.js'
import { invalidInput, readCarried, readInput, readPerRun } from '../read-input.js'
import { temporalWorld } from './temporal-world.js'
import { runTokenLoop, type TokenWorkflowInput } from './token-loop.js'
import { createSnapshot } from './token-snapshot.js'

const SIGNALS_PER_RUN = 2000
const EXPECTED = `{"connection":"shopify/acme"}. TokenkeeperClient.connect, npx tokenkeeper connect and the first flow that asks start it by themselves`

/**
 * The one long-running workflow of a connection: holds the sealed credential, refreshes it on a
 * timer, answers lease requests, and keeps the life story. Workflow id `token:<connector>:<account>`.
 * It can't be cancelled. It follows deployments by itself (`AUTO_UPGRADE`).
 * @throws ApplicationFailure `InvalidInput`
 */
export async function tokenWorkflow(input: TokenWorkflowInput): Promise<never> {
  const { signalsPerRun, carriedRunId } = readInput(input, EXPECTED)
  const limit = readPerRun(signalsPerRun, SIGNALS_PER_RUN, EXPECTED)
  const ref = parseConnection(input.connection)
  if (ref === undefined) throw invalidInput('connection is missing or no name of one', EXPECTED)
  const carried = readCarried(input.snapshot, EXPECTED)
  const snapshot = carried ?? createSnapshot(formatConnection(ref), Date.now())
  const isCarried = carried !== undefined
  return await runTokenLoop(
    { snapshot, isCarried, signalsPerRun: limit, carriedRunId },
    temporalWorld(),
  )
}

followDeployments(tokenWorkflow)
