import { parseArgs } from 'node:util'
import { startCast } from './cast.js'
import { createProgress } from './progress.js'
import { playStory } from './story.js'
import { takeTally, toRows } from './tally.js'
import { toTable } from './table.js'

const { values: options } = parseArgs({
  options: { json: { type: 'boolean' }, 'no-wait': { type: 'boolean' } },
})
const startedAtMs = Date.now()
const seconds = () => (Date.now() - startedAtMs) / 1000
const progress = createProgress(process.stdout, startedAtMs)
let stopCast: () => Promise<void> = () => Promise.resolve()
let killNow: () => void = () => undefined
let interruptedCode = 130
let endingSinceMs: number | undefined

async function end(code: number): Promise<void> {
  // A second Ctrl-C does not wait; the same one may arrive from the terminal and from npm.
  if (endingSinceMs !== undefined) {
    if (Date.now() - endingSinceMs > 1000) process.exit(code)
    return
  }
  endingSinceMs = Date.now()
  progress.stop()
  await stopCast().catch(() => undefined)
  process.exit(code)
}

function fail(error: unknown): void {
  // What breaks because everything is being ended is no news.
  if (endingSinceMs !== undefined) return
  progress.stop()
  process.stderr.write(`the demo failed: ${explain(error)}\n`)
  void end(1)
}

/** Temporal's errors say why in their causes only. */
function explain(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  return error.cause === undefined ? error.message : `${error.message}: ${explain(error.cause)}`
}

process.on('exit', () => {
  killNow()
})
process.on('uncaughtException', fail)
process.on('unhandledRejection', fail)
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const)
  process.on(signal, () => {
    void end(interruptedCode)
  })

progress.tell('starting Temporal, an authorization server, a shop, an ERP and two workers')
const cast = await startCast({
  onStart: (stop, kill) => {
    stopCast = stop
    killNow = kill
  },
  onLoss: fail,
})
progress.tell(`Temporal Web UI: ${cast.webUi}`)
progress.watch(cast)
const story = await playStory(cast, progress)
const tally = await takeTally(cast, story, seconds())
progress.stop()

const rows = toRows(tally, cast.shop.counters.rejectionsOfRevoked)
const broken = rows.filter(({ holds }) => holds === false)
const code = broken.length === 0 ? 0 : 1
interruptedCode = code
process.stdout.write(`\n${toTable(tally, rows)}\n\n`)
process.stdout.write(
  code === 0
    ? 'Tokens died in the middle of the syncs and nobody noticed.\n'
    : `Broken: ${broken.map(({ figure }) => figure).join(', ')}\n`,
)
const stays = process.stdout.isTTY && options['no-wait'] !== true
if (stays) process.stdout.write(`Look around: ${cast.webUi} · Ctrl-C ends everything\n`)
if (options.json === true) process.stdout.write(`${JSON.stringify(tally)}\n`)
if (stays) await new Promise<never>(() => undefined)
await end(code)
