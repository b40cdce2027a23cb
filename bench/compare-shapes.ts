import { effort } from './effort.js'
import { interleave, readable } from './interleave.js'
import { plainLoop } from './plain-loop.js'
import { runSync, startSyncStage } from './run-sync.js'
import { timed } from './work.js'
import { median, type Measured } from './statistics.js'

interface Shape {
  /** Records of a page. */
  readonly size: number
  /** Of a record. */
  readonly bytes: number
  /** So many take some seconds where the upstream takes no time. */
  readonly pages: number
}

const SHAPES: readonly Shape[] = [
  { size: 10, bytes: 200, pages: 6000 },
  { size: 10, bytes: 5000, pages: 3000 },
  { size: 100, bytes: 200, pages: 4000 },
  { size: 100, bytes: 5000, pages: 500 },
  { size: 1000, bytes: 200, pages: 700 },
  { size: 1000, bytes: 5000, pages: 50 },
]
/** Of a whole round where the upstream takes its time. */
const LONGEST_ROUND_MS = effort(3000, 1000)
const SHARE = effort(1, 0.25)
const WARM_UP_SHARE = 0.2

/**
 * `syncFlow` from start to result against a plain loop with one page of read-ahead, for pages of six shapes:
 * the rounds of the one where the sync comes off worst, and the medians of all in the note.
 */
export async function compareShapes(delayMs: number): Promise<Measured> {
  const stage = await startSyncStage()
  const { origin, plainToken, setDelay } = stage.upstream
  await setDelay(delayMs)
  const measured: { readonly shape: Shape; readonly rounds: readonly number[] }[] = []
  for (const shape of SHAPES) {
    const { size, bytes } = shape
    const most = delayMs === 0 ? Number.POSITIVE_INFINITY : LONGEST_ROUND_MS / delayMs
    const pages = Math.ceil(Math.min(shape.pages * SHARE, most))
    const perSecond = (tookMs: number): number => ((pages * size) / tookMs) * 1000
    const source = {
      endpoint: 'orders.shaped',
      first: { page: 0, size, bytes },
      pageSize: size,
      sink: 'orders.take',
    }
    const plain = async (count: number): Promise<void> => {
      const url = `${origin}/orders/shaped?page=0&pages=${String(count)}&size=${String(size)}&bytes=${String(bytes)}`
      const input = { url, sink: `${origin}/take`, token: await plainToken() }
      if ((await plainLoop(input)) !== count) throw new Error('pages are missing')
    }
    const { rounds } = await interleave({
      rounds: effort(3, 2),
      warmUp: async () => {
        const few = Math.ceil(pages * WARM_UP_SHARE)
        await runSync(stage, few, source)
        await plain(few)
      },
      ours: async () => perSecond((await runSync(stage, pages, source)).tookMs),
      reference: async () => perSecond(await timed(() => plain(pages))),
      unit: 'records per second',
    })
    measured.push({ shape, rounds })
  }
  const [first, ...others] = measured
  if (first === undefined) throw new Error('no shapes')
  const worst = others.reduce(
    (one, other) => (median(other.rounds) < median(one.rounds) ? other : one),
    first,
  )
  const ratios = measured.map(
    ({ shape, rounds }) =>
      `${String(shape.size)} x ${String(shape.bytes)} B ${readable(median(rounds) * 100)} %`,
  )
  return { rounds: worst.rounds, note: ratios.join(', ') }
}
