import { effort } from './effort.js'
import { createAuthorizedFetchInterceptor } from '../activities/fetch/authorized-fetch.js'
import { prepareKeeper } from '../src/worker/prepare-keeper.js'
import { secret } from '../src/connectors/index.js'
import { benchActivities, type CallsInput } from './activities.js'
import type { Caller } from './callers.js'
import { interleave } from './interleave.js'
import { FLOW_QUEUE, startBenchKeeper, startFlowWorker, startStage } from './stage.js'
import type { Measured } from './statistics.js'

/** Of a row that is near its reach; what is far ahead needs fewer. */
const ROUNDS = { undici: 6, axios: 3 } as const
/** Calls of a round: about as long a time for each. */
const COUNTS: Readonly<Record<Caller, number>> = {
  tokenkeeper: effort(8000, 2000),
  undici: effort(8000, 2000),
  redis: effort(6000, 1500),
  fetch: effort(2500, 500),
  'openid-client': effort(2500, 500),
  axios: effort(2500, 500),
}
const AT_ONCE = 16

/** Calls of tokenkeeper against calls of another client: same activity worker, same upstream, connections kept. */
export async function compareCalls(other: keyof typeof ROUNDS): Promise<Measured> {
  const calls = await startCalls()
  return await interleave({
    rounds: ROUNDS[other],
    ours: () => calls('tokenkeeper'),
    reference: () => calls(other),
    unit: 'calls per second',
  })
}

/** Makes a round of calls by one side, in an activity of one worker; gives calls per second. */
export async function startCalls(): Promise<(by: Caller) => Promise<number>> {
  const stage = await startStage()
  const { connectors, origin } = stage.upstream
  await startBenchKeeper(stage)
  await stage.keeper.connect('shop', 'bench', { refreshToken: 'bench.3600' })
  const prepared = await prepareKeeper({
    connectors,
    privateKeys: [secret(`file:${stage.keyFile}`)],
  })
  await startFlowWorker(stage.address, {
    activities: benchActivities,
    interceptors: { activity: [createAuthorizedFetchInterceptor(prepared)] },
  })
  let flows = 0
  return async (by) => {
    flows += 1
    const input: CallsInput = { by, origin, count: COUNTS[by], atOnce: AT_ONCE }
    return (await stage.client.workflow.execute('callsFlow', {
      taskQueue: FLOW_QUEUE,
      workflowId: `calls-${String(flows)}`,
      args: [input],
    })) as number
  }
}
