import { effort, QUICK } from './effort.js'
import { interleave, readable } from './interleave.js'
import { plainLoop } from './plain-loop.js'
import { runSync, startSyncStage } from './run-sync.js'
import type { Stage } from './stage.js'
import { forEach, timed } from './work.js'
import { median, type Measured } from './statistics.js'

interface Shape {
  /** Records of a page. */
  readonly size: number
  /** Of a record. */
  readonly bytes: number
  /** So many take some seconds where the upstream takes no time. */
  readonly pages: number
  /** With `--quick` as well: where a page costs most, a usual one, and where records cost most. */
  readonly isQuick?: true
}

const ALL_SHAPES: readonly Shape[] = [
  { size: 10, bytes: 200, pages: 6000, isQuick: true },
  { size: 10, bytes: 5000, pages: 3000 },
  { size: 100, bytes: 200, pages: 4000, isQuick: true },
  { size: 100, bytes: 5000, pages: 500 },
  { size: 1000, bytes: 200, pages: 700 },
  { size: 1000, bytes: 5000, pages: 50, isQuick: true },
]
const SHAPES = ALL_SHAPES.filter(({ isQuick = false }) => isQuick || !QUICK)
/** Of a whole round where the upstream takes its time, with what a page takes beside: start and end weigh alike in all. */
const LONGEST_ROUND_MS = effort(6000, 1200)
const PAGE_WORK_MS = 1.2
const SHARE = effort(1, 0.25)
const WARM_UP_SHARE = 0.2

/** A side of a round waits all the time where the upstream takes so long, and pages are no longer than this. */
const WAITS_FROM_MS = 50
const SHORT_PAGE_BYTES = 50_000
const WAITING_AT_ONCE = 3

interface MeasuredShape {
  readonly shape: Shape
  readonly rounds: readonly number[]
}

/**
 * `syncFlow` from start to result against a plain loop with one page of read-ahead, for pages of six shapes (three with `--quick`):
 * the rounds of the one where the sync comes off worst, and the medians of all in the note.
 */
export async function compareShapes(delayMs: number): Promise<Measured> {
  const stage = await startSyncStage()
  await stage.upstream.setDelay(delayMs)
  const measured: MeasuredShape[] = []
  const measure = async (shape: Shape): Promise<void> => {
    measured.push({ shape, rounds: await compareShape(stage, shape, delayMs) })
  }
  const waits = ({ size, bytes }: Shape): boolean =>
    delayMs >= WAITS_FROM_MS && size * bytes <= SHORT_PAGE_BYTES
  await forEach(SHAPES.filter(waits), WAITING_AT_ONCE, measure)
  await forEach(
    SHAPES.filter((shape) => !waits(shape)),
    1,
    measure,
  )
  measured.sort((one, other) => SHAPES.indexOf(one.shape) - SHAPES.indexOf(other.shape))
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

async function compareShape(
  stage: Stage,
  { size, bytes, pages: most }: Shape,
  delayMs: number,
): Promise<readonly number[]> {
  const { origin, plainToken } = stage.upstream
  const inTime = delayMs === 0 ? Infinity : LONGEST_ROUND_MS / (delayMs + PAGE_WORK_MS)
  const pages = Math.ceil(Math.min(most * SHARE, inTime))
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
    rounds: 2,
    warmUp: async () => {
      const few = Math.ceil(pages * WARM_UP_SHARE)
      await runSync(stage, few, source)
      await plain(few)
    },
    ours: async () => perSecond((await runSync(stage, pages, source)).tookMs),
    reference: async () => perSecond(await timed(() => plain(pages))),
    unit: 'records per second',
  })
  return rounds
}
