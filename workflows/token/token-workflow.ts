import { formatConnection, parseConnection } from '../../src/contract/connection-ref.js'
import type { RemovedConnection } from '../../src/contract/token-status.js'
import { followDeployments } from '../runtime/long-lived.js'
import { invalidInput, readCarried, readInput, readPerRun } from '../runtime/read-input.js'
import { temporalWorld } from './temporal-world.js'
import { runTokenLoop } from './token-loop.js'
import { startParts } from './token-parts.js'
import { readSnapshot, type TokenWorkflowInput } from './token-snapshot.js'

const SIGNALS_PER_RUN = 2000
const EXPECTED_CONNECTION = `{"connection":"shopify/acme"}. TokenkeeperClient.connect, npx tokenkeeper connect and the first flow that asks start it by themselves`

/**
 * The one long-running workflow of a connection: holds the sealed credential, refreshes it on a
 * timer, answers lease requests, and keeps the life story. Workflow id `token:<connector>:<account>`.
 * It can't be cancelled; it ends where its connection is removed, with what the provider said to that. It follows deployments by itself (`AUTO_UPGRADE`).
 * @throws ApplicationFailure `InvalidInput`
 */
export async function tokenWorkflow(input: TokenWorkflowInput): Promise<RemovedConnection> {
  const { signalsPerRun, carriedRunId } = readInput(input, EXPECTED_CONNECTION)
  const limit = readPerRun(signalsPerRun, SIGNALS_PER_RUN, EXPECTED_CONNECTION)
  const ref = parseConnection(input.connection)
  if (ref === undefined)
    throw invalidInput('connection is missing or no name of one', EXPECTED_CONNECTION)
  const carried = readCarried(input.snapshot, EXPECTED_CONNECTION)
  const isCarried = carried !== undefined
  const parts = isCarried ? readSnapshot(carried) : startParts(formatConnection(ref), Date.now())
  // No failure: the workflow goes on when a worker that knows the form has taken over.
  if (parts === undefined)
    throw new Error(
      'this worker does not know the form of the state that this workflow carries: where a newer version of tokenkeeper has written it, update this worker; where one from before 0.1.0 has, bring that one back, or end this workflow and connect anew',
    )
  return await runTokenLoop(
    { parts, isCarried, signalsPerRun: limit, carriedRunId },
    temporalWorld(formatConnection(ref)),
  )
}

followDeployments(tokenWorkflow)
