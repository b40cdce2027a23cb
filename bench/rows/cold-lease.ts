import { TOKEN_SIGNALS } from '../../src/contract/messages.js'
import { effort } from '../effort.js'
import { startKeeperProcess } from '../fleet.js'
import { interleave } from '../interleave.js'
import { FLOW_QUEUE, KEEPER_QUEUE, type Stage, startFlowWorker, startStage } from '../stage.js'
import { forEach } from '../work.js'
import { median, type Measured } from '../statistics.js'

const CONNECTIONS = effort(20, 10)
const CACHED = 5
/** Each brings one to four events: a run ends at 250. */
const SIGNALS = 55
const LEASES = effort(15, 6)
const WARM_UP = 3

/** Milliseconds in a flow until it has a lease: of a token workflow that the keeper has to replay, and of a cached one. */
export async function measure(): Promise<Measured> {
  const stage = await startStage()
  await startFlowWorker(stage.address)
  await startKeeperProcess(stage, KEEPER_QUEUE, { cached: CACHED })
  const accounts = Array.from({ length: CONNECTIONS }, (_, index) => `cold${String(index)}`)
  await forEach(accounts, 8, (account) => liveLong(stage, account))
  let next = 0
  const cold = async (): Promise<number> => {
    next = (next + 1) % CONNECTIONS
    return await leaseMs(stage, accounts[next] ?? '')
  }
  const events = await historyLength(stage, accounts[0] ?? '')
  const measured = await interleave({
    warmUp: async () => {
      await medianOf(cold, WARM_UP)
      await medianOf(() => leaseMs(stage, 'cold0'), WARM_UP)
    },
    ours: () => medianOf(cold),
    reference: async () => {
      await leaseMs(stage, 'cold0')
      return await medianOf(() => leaseMs(stage, 'cold0'))
    },
    rounds: 2,
    unit: 'ms',
  })
  return { ...measured, note: `${measured.note}; a run of ${String(events)} events` }
}

/** Gives a connection a history as after some days. */
async function liveLong({ client, keeper }: Stage, account: string): Promise<void> {
  await keeper.connect('timed', account, { refreshToken: `${account}.3600` })
  const handle = client.workflow.getHandle(`token:timed:${account}`)
  for (let times = 0; times < SIGNALS; times += 1)
    await handle.signal(TOKEN_SIGNALS.lease, {
      requestId: `use-${String(times)}`,
      replyTo: '',
      minValidityMs: 0,
    })
}

async function historyLength({ client }: Stage, account: string): Promise<number> {
  return (await client.workflow.getHandle(`token:timed:${account}`).describe()).historyLength
}

let flows = 0
async function leaseMs({ client }: Stage, account: string): Promise<number> {
  flows += 1
  const workflowId = `lease-${String(flows)}`
  const args = ['timed', account]
  const took: unknown = await client.workflow.execute('leaseFlow', {
    taskQueue: FLOW_QUEUE,
    workflowId,
    args,
  })
  return Number(took)
}

async function medianOf(one: () => Promise<number>, count = LEASES): Promise<number> {
  const took: number[] = []
  for (let times = 0; times < count; times += 1) took.push(await one())
  return median(took)
}
