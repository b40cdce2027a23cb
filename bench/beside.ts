import { setTimeout as sleep } from 'node:timers/promises'
import { effort } from './effort.js'
import { readable } from './interleave.js'
import { type CallFlows, connectAccounts, startCallFlows } from './call-flows.js'
import { timed } from './work.js'
import { median, type Measured } from './statistics.js'

const ROUNDS = effort(5, 2)
/** Of each kind in a round. */
const SAMPLES = 3

export interface Load {
  readonly load: (flows: CallFlows) => Promise<void>
  /** It holds every slot that it gets by then. */
  readonly settleMs: number
}

interface Figures {
  readonly refreshMs: number
  readonly callMs: number
}

/**
 * How much longer a healthy connection waits for its refresh, or a flow with one call of it, beside a load, against the
 * same alone in the same process before: the worse of the two.
 */
export async function measureBeside({ load, settleMs }: Load): Promise<Measured> {
  const flows = await startCallFlows()
  const { keeper } = flows.stage
  await connectAccounts(flows.stage, 1)
  const look = async (): Promise<Figures> => {
    const refreshes: number[] = []
    const calls: number[] = []
    for (let sample = 0; sample < SAMPLES; sample += 1) {
      refreshes.push(await timed(() => keeper.refresh('shop', 'good0')))
      calls.push(await flows.ours(1, () => 'good0', 1))
    }
    return { refreshMs: median(refreshes), callMs: median(calls) }
  }
  const looks = async (): Promise<Figures[]> => {
    const seen: Figures[] = []
    for (let round = 0; round < ROUNDS; round += 1) seen.push(await look())
    return seen
  }
  await look()
  const alone = toMedians(await looks())
  await load(flows)
  await sleep(settleMs)
  const beside = await looks()
  const { refreshMs, callMs } = toMedians(beside)
  const refreshes = beside.map((one) => one.refreshMs / alone.refreshMs)
  const calls = beside.map((one) => one.callMs / alone.callMs)
  return {
    rounds: median(refreshes) > median(calls) ? refreshes : calls,
    note: `refresh ${against(refreshMs, alone.refreshMs)}, call ${against(callMs, alone.callMs)}`,
  }
}

function toMedians(figures: readonly Figures[]): Figures {
  return {
    refreshMs: median(figures.map((one) => one.refreshMs)),
    callMs: median(figures.map((one) => one.callMs)),
  }
}

function against(besideMs: number, aloneMs: number): string {
  return `${readable(besideMs)} against ${readable(aloneMs)} ms (${(besideMs / aloneMs).toFixed(2)})`
}
