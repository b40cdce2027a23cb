import type { Cast } from './cast.js'
import { FIRST, type Shares } from './flows.js'

export interface Progress {
  /** Something happened: a line that stays. */
  readonly tell: (event: string) => void
  /** From now on the parts are shown as they are. */
  readonly watch: (cast: Cast) => void
  /** These flows are shown from now on. */
  readonly show: (shares: Shares) => void
  readonly stop: () => void
}

const BAR = 28

/** Live lines in a terminal, a plain line every two seconds in a pipe. */
export function createProgress(stream: NodeJS.WriteStream, startedAtMs: number): Progress {
  const live = stream.isTTY
  let cast: Cast | undefined
  let shares = FIRST
  let drawn = 0
  const clock = () => `${((Date.now() - startedAtMs) / 1000).toFixed(1).padStart(5)} s`
  const erase = () => {
    if (drawn > 0) stream.write(`\x1b[${String(drawn)}A\x1b[0J`)
    drawn = 0
  }
  const draw = () => {
    if (cast === undefined) return
    const lines = toLines(cast, shares).map((line) => line.slice(0, stream.columns || 80))
    stream.write(`${lines.join('\n')}\n`)
    drawn = lines.length
  }
  const tick = () => {
    if (live) {
      erase()
      draw()
    } else if (cast !== undefined) stream.write(`${clock()}  ${toLine(cast, shares)}\n`)
  }
  const timer = setInterval(tick, live ? 200 : 2000)
  return {
    tell(event) {
      erase()
      stream.write(`${clock()}  ${event}\n`)
      if (live) draw()
    },
    watch(parts) {
      cast = parts
    },
    show(next) {
      shares = next
    },
    stop() {
      clearInterval(timer)
      if (live) {
        erase()
        draw()
        drawn = 0
      }
      cast = undefined
    },
  }
}

function toLines(cast: Cast, shares: Shares): readonly string[] {
  const { shop, erp } = cast
  const flows = Object.entries(shares).map(([flow, total]) => {
    const done = erp.counters.ordersOfFlow[flow] ?? 0
    const full = Math.round((BAR * done) / Math.max(1, total))
    const bar = '█'.repeat(full) + '░'.repeat(BAR - full)
    const tokens = shop.counters.tokensOfFlow[flow] ?? 0
    return `  ${flow.padEnd(6)} ${bar} ${String(done).padStart(5)}/${String(total)} at the ERP · ${String(tokens)} tokens`
  })
  return ['', ...flows, `  ${toFigures(cast)}`, `  Web UI ${cast.webUi}`]
}

function toLine(cast: Cast, shares: Shares): string {
  const flows = Object.entries(shares).map(
    ([flow, total]) =>
      `${flow} ${String(cast.erp.counters.ordersOfFlow[flow] ?? 0)}/${String(total)}`,
  )
  return `${flows.join(' · ')} · ${toFigures(cast)}`
}

function toFigures({ authorizationServer, shop, erp }: Cast): string {
  return [
    `generation ${String(authorizationServer.counters.refreshed)}`,
    `401s: shop ${String(shop.counters.rejections)}, ERP ${String(erp.counters.rejections)}`,
    `repeats recognised ${String(erp.counters.receivedTwice)}`,
  ].join(' · ')
}
