import { interleave } from '../interleave.js'
import { plainLoop } from '../plain-loop.js'
import { runSync, startSyncStage } from '../run-sync.js'
import { timed } from '../stage.js'
import type { Measured } from '../statistics.js'

const PAGES = 2000

/** `syncFlow` from start to result, its two leases and all checkpoints with it. */
export async function measure(): Promise<Measured> {
  const stage = await startSyncStage()
  const { origin, plainToken } = stage.upstream
  const perSecond = (tookMs: number): number => (PAGES / tookMs) * 1000
  return await interleave({
    ours: async () => perSecond((await runSync(stage, PAGES)).tookMs),
    reference: async () =>
      perSecond(
        await timed(async () => {
          const token = await plainToken()
          const url = `${origin}/orders?page=0&pages=${String(PAGES)}`
          const pages = await plainLoop({ url, sink: `${origin}/batch`, token })
          if (pages !== PAGES) throw new Error('pages are missing')
        }),
      ),
    unit: 'pages per second',
  })
}
