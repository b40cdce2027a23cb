import { measureBeside } from '../beside.js'
import type { CallFlows } from '../call-flows.js'
import { effort } from '../effort.js'
import type { Measured } from '../statistics.js'

const CONNECTIONS = 150

/** A refresh and a call beside more connections than a keeper has slots, whose token endpoint hangs. */
export async function measure(): Promise<Measured> {
  const load = ({ stage: { keeper } }: CallFlows): Promise<void> => {
    for (let index = 0; index < CONNECTIONS; index += 1) {
      const account = `hung${String(index)}`
      // It never connects.
      keeper.connect('hung', account, { refreshToken: account }).catch(() => undefined)
    }
    return Promise.resolve()
  }
  return await measureBeside({ load, settleMs: effort(20_000, 12_000) })
}
