import { effort } from './effort.js'
import { interleave } from './interleave.js'
import { PLAIN_STYLES, plainLoop } from './plain-loop.js'
import { runSync, startSyncStage, type SyncSource } from './run-sync.js'
import { timed } from './work.js'
import type { Measured } from './statistics.js'
import { PAGE_SIZE } from './upstream.js'

const RECORDS = effort(100_000, 10_000)
/** Its pages all take the same time: fewer do not make it look slower. */
const RECORDS_OF_REFERENCE = RECORDS / 2
const WARM_UP_PAGES = 100
/** Quicker than any upstream that is not on the same machine. */
const UPSTREAM_DELAY_MS = 5

/** `syncFlow` over pages of one style against a plain loop with the same read-ahead, records per second. */
export async function comparePages(
  style: keyof typeof PLAIN_STYLES,
  path: string,
  source: SyncSource,
): Promise<Measured> {
  const stage = await startSyncStage()
  const { origin, plainToken, setDelay } = stage.upstream
  await setDelay(UPSTREAM_DELAY_MS)
  const perSecond = (records: number, tookMs: number): number => (records / tookMs) * 1000
  const plain = async (count: number): Promise<void> => {
    const url = `${origin}${path}pages=${String(count)}`
    const input = { url, sink: `${origin}/batch`, token: await plainToken() }
    if ((await plainLoop(input, PLAIN_STYLES[style])) !== count)
      throw new Error('pages are missing')
  }
  return await interleave({
    rounds: 3,
    warmUp: async () => {
      await runSync(stage, WARM_UP_PAGES, source)
      await plain(WARM_UP_PAGES)
    },
    ours: async () =>
      perSecond(RECORDS, (await runSync(stage, RECORDS / PAGE_SIZE, source)).tookMs),
    reference: async () =>
      perSecond(RECORDS_OF_REFERENCE, await timed(() => plain(RECORDS_OF_REFERENCE / PAGE_SIZE))),
    unit: 'records per second',
  })
}
