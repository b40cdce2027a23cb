import { condition, continueAsNew, proxyActivities, setHandler } from '@temporalio/workflow'
import { defineQuery, defineSignal } from '@temporalio/workflow'
import type { FlowActivities } from '../../../src/contract/flow-activities.js'
import type { Sealed } from '../../../src/contract/sealed.js'
import type {
  DescribeResult,
  MintResult,
  TokenActivities,
} from '../../../src/contract/token-activities.js'

const options = { startToCloseTimeout: '30s', retry: { maximumAttempts: 1 } } as const
const token = proxyActivities<TokenActivities>(options)
const flow = proxyActivities<FlowActivities>(options)

/** Stands in for the token workflow: it asks for a token as one does right after its start. */
export async function tokenWorkflow(input: {
  readonly connection: string
  readonly grant?: Sealed
  readonly rounds?: number
  readonly describes?: true
}): Promise<MintResult | DescribeResult | undefined> {
  if (input.describes === true) return await describeOnce(input.connection)
  let ended = false
  setHandler(defineSignal('end'), () => {
    ended = true
  })
  setHandler(defineQuery('connection'), () => input.connection)
  if (input.grant === undefined) {
    await condition(() => ended)
    return undefined
  }
  // An event to reset to that lies before the first token request.
  await condition(() => ended, 10)
  const result = await token['tokenkeeper.mint']({
    connection: input.connection,
    grant: input.grant,
    attempt: 1,
    prior: 'clean',
  })
  const rounds = input.rounds ?? 1
  if (rounds === 1 || result.outcome !== 'minted') return result
  return await continueAsNew<typeof tokenWorkflow>({
    ...input,
    grant: result.grant,
    rounds: rounds - 1,
  })
}

export async function openTwice(connection: string) {
  const first = await flow['tokenkeeper.open']({ connection })
  return [first, await flow['tokenkeeper.open']({ connection })]
}

export async function describeOnce(connection: string) {
  return await token['tokenkeeper.describe']({ connection })
}
