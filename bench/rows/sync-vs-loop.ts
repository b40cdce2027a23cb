import { effort } from '../effort.js'
import { interleave, readable } from '../interleave.js'
import { plainLoop } from '../plain-loop.js'
import { runSync, startSyncStage } from '../run-sync.js'
import { type Stage } from '../stage.js'
import { timed } from '../work.js'
import { median, type Measured } from '../statistics.js'

const PAGES = effort(2000, 300)
/** Its pages all take the same time: fewer do not make it look slower. */
const PAGES_OF_REFERENCE = PAGES / 2
const WARM_UP_PAGES = 200
/** Quicker than any upstream that is not on the same machine. */
const UPSTREAM_DELAY_MS = 5

/**
 * `syncFlow` from start to result, its two leases and all checkpoints with it. The note has the ratio
 * for upstreams that take no time as well: it shows what the work on a page costs.
 */
export async function measure(): Promise<Measured> {
  const stage = await startSyncStage()
  await stage.upstream.setDelay(UPSTREAM_DELAY_MS)
  const measured = await compare(stage, 3)
  await stage.upstream.setDelay(0)
  const { rounds } = await compare(stage, 2)
  return {
    ...measured,
    note: `${measured.note}; without the ${String(UPSTREAM_DELAY_MS)} ms ${readable(median(rounds) * 100)} %`,
  }
}

async function compare(stage: Stage, rounds: number): Promise<Measured> {
  const { origin, plainToken } = stage.upstream
  const perSecond = (pages: number, tookMs: number): number => (pages / tookMs) * 1000
  const plain = async (count: number): Promise<void> => {
    const token = await plainToken()
    const url = `${origin}/orders?page=0&pages=${String(count)}`
    const pages = await plainLoop({ url, sink: `${origin}/batch`, token })
    if (pages !== count) throw new Error('pages are missing')
  }
  return await interleave({
    rounds,
    warmUp: async () => {
      await runSync(stage, WARM_UP_PAGES)
      await plain(WARM_UP_PAGES)
    },
    ours: async () => perSecond(PAGES, (await runSync(stage, PAGES)).tookMs),
    reference: async () =>
      perSecond(PAGES_OF_REFERENCE, await timed(() => plain(PAGES_OF_REFERENCE))),
    unit: 'pages per second',
  })
}
