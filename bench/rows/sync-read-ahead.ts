import { effort } from '../effort.js'
import { interleave } from '../interleave.js'
import { plainLoop } from '../plain-loop.js'
import { runSync, startSyncStage } from '../run-sync.js'
import { timed } from '../work.js'
import type { Measured } from '../statistics.js'

const PAGES = effort(250, 100)
const PAGE_SIZE = 100
const BYTES = 200
/** Of the source; the sink answers at once. */
const UPSTREAM_DELAY_MS = 20

/** `syncFlow` that reads several pages ahead against a plain loop that reads one ahead. */
export async function measure(): Promise<Measured> {
  const stage = await startSyncStage()
  const { origin, plainToken, setDelay } = stage.upstream
  await setDelay(UPSTREAM_DELAY_MS)
  const perSecond = (tookMs: number): number => ((PAGES * PAGE_SIZE) / tookMs) * 1000
  const source = {
    endpoint: 'orders.ahead',
    first: { size: PAGE_SIZE, bytes: BYTES },
    pageSize: PAGE_SIZE,
    sink: 'orders.take-at-once',
  }
  const query = `page=0&pages=${String(PAGES)}&size=${String(PAGE_SIZE)}&bytes=${String(BYTES)}`
  const url = `${origin}/orders/shaped?${query}`
  return await interleave({
    rounds: 2,
    ours: async () => perSecond((await runSync(stage, PAGES, source)).tookMs),
    reference: async () =>
      perSecond(
        await timed(async () => {
          const input = { url, sink: `${origin}/take-at-once`, token: await plainToken() }
          if ((await plainLoop(input)) !== PAGES) throw new Error('pages are missing')
        }),
      ),
    unit: 'records per second',
  })
}
