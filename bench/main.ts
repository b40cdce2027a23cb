import { fork } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { startDevServer } from '../scripts/temporal/dev-server.js'
import { freePorts } from '../scripts/temporal/free-ports.js'
import { compileBench } from './compile.js'
import { measureScale } from './scale.js'
import { isCounting, PROMISES, type RowId } from './promises.js'
import { type RowResult, toJson, toResult } from './row-result.js'
import type { Measured, RowAnswer } from './statistics.js'
import { toTable } from './table.js'
import { forEach } from './work.js'

/** What counts waits more than it works. */
const COUNTING_AT_ONCE = 3
/** Of those that time something, where rounds are so short that they say little anyway. */
const TIMED_AT_ONCE_QUICKLY = 2
const ENDS_WITHIN_MS = 3000

const { values: options } = parseArgs({
  options: {
    json: { type: 'boolean' },
    quick: { type: 'boolean' },
    row: { type: 'string', multiple: true },
    scale: { type: 'boolean' },
    connections: { type: 'string', default: '10000' },
  },
})
if (options.scale === true) process.exit(await measureScale(Number(options.connections)))
const wanted = options.row ?? PROMISES.map(({ row }) => row)
const known = new Set<string>(PROMISES.map(({ row }) => row))
const unknown = wanted.find((row) => !known.has(row))
if (unknown !== undefined) {
  process.stderr.write(`no row '${unknown}'; there are ${[...known].join(', ')}\n`)
  process.exit(2)
}
for (const [signal, code] of [
  ['SIGINT', 130],
  ['SIGTERM', 143],
  ['SIGHUP', 129],
] as const)
  process.on(signal, () => process.exit(code))

const startedAtMs = Date.now()
const folder = await compileBench()
const rows = PROMISES.filter(({ row }) => wanted.includes(row))
const answers = new Map<RowId, RowResult>()
const timedAtOnce = options.quick === true ? TIMED_AT_ONCE_QUICKLY : 1
await forEach(rows.filter(isCounting), COUNTING_AT_ONCE, measureAndTell)
await forEach(
  rows.filter((row) => !isCounting(row)),
  timedAtOnce,
  measureAndTell,
)
const results = rows.flatMap(({ row }) => answers.get(row) ?? [])
const minutes = ((Date.now() - startedAtMs) / 60_000).toFixed(1)
process.stdout.write(`\n${toTable(results)}\n${minutes} minutes\n`)
const missed = results.filter(({ holds }) => !holds).map(({ row }) => `--row ${row}`)
if (options.quick === true && missed.length > 0)
  process.stdout.write(
    `Rounds this short say little: measure what missed again, whole, by npm run bench -- ${missed.join(' ')}\n`,
  )
if (options.json === true) process.stdout.write(`${toJson(results)}\n`)
process.exit(results.length === rows.length && results.every(({ holds }) => holds) ? 0 : 1)

async function measureAndTell({ row }: { readonly row: RowId }): Promise<void> {
  const rowStartedAtMs = Date.now()
  try {
    const result = toResult(row, await measure(row))
    answers.set(row, result)
    const seconds = Math.round((Date.now() - rowStartedAtMs) / 1000)
    process.stderr.write(`${row}: ${String(result.value)} (${result.note}; ${String(seconds)} s)\n`)
  } catch (error) {
    // The others are worth knowing all the same; the exit code tells that one is missing.
    const why = error instanceof Error ? error.message : String(error)
    process.stderr.write(`${row}: NOT MEASURED: ${why}\n`)
  }
}

/** Each row has a server and a process of its own: what one leaves behind slows down no other. */
async function measure(row: RowId): Promise<Measured> {
  const [metricsPort = 0] = await freePorts(1)
  const server = await startDevServer({ extraArgs: ['--metrics-port', String(metricsPort)] })
  const child = fork(join(folder, 'row-process.js'), [row], {
    env: {
      ...process.env,
      BENCH_TEMPORAL_ADDRESS: server.address,
      BENCH_METRICS_PORT: String(metricsPort),
      BENCH_QUICK: options.quick === true ? '1' : '',
    },
    execArgv: [],
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  })
  const kill = (): void => void child.kill('SIGKILL')
  process.once('exit', kill)
  // Node tells no 'close' of a child whose channel this side has ended.
  const exited = once(child, 'exit')
  const closed = once(child, 'close').then(() => {
    const how = String(child.exitCode ?? child.signalCode)
    throw new Error(`its process ended with ${how} before it had measured anything`)
  })
  try {
    const [answer] = (await Promise.race([once(child, 'message'), closed])) as [RowAnswer]
    if ('failed' in answer) throw new Error(answer.failed)
    return answer
  } finally {
    // It ends by itself then, and what it has started with it.
    if (child.connected) child.disconnect()
    const late = setTimeout(kill, ENDS_WITHIN_MS)
    await exited
    clearTimeout(late)
    process.off('exit', kill)
    await server.kill()
  }
}
