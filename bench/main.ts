import { fork } from 'node:child_process'
import { on, once } from 'node:events'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { startDevServer } from '../scripts/temporal/dev-server.js'
import { freePorts } from '../scripts/temporal/free-ports.js'
import { compileBench } from './compile.js'
import { measureScale } from './scale.js'
import { type Promised, toGroups } from './promised.js'
import { PROMISES, type RowId } from './promises.js'
import { type RowResult, toJson, toResult } from './row-result.js'
import type { RowAnswer } from './statistics.js'
import { toTable } from './table.js'
import { forEach } from './work.js'

/** What counts waits more than it works. */
const COUNTING_AT_ONCE = 4
const WAITING_AT_ONCE = 3
/** With `--quick`, where rounds are so short that they say little anyway. */
const ALL_AT_ONCE_QUICKLY = 3
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
if (options.quick === true) await forEach(toGroups(rows), ALL_AT_ONCE_QUICKLY, measureAndTell)
else {
  await measureThose('counts', COUNTING_AT_ONCE)
  await measureThose('waits', WAITING_AT_ONCE)
  await measureThose(undefined, 1)
}
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

async function measureThose(beside: Promised['beside'], atOnce: number): Promise<void> {
  const those = rows.filter((row: Promised) => row.beside === beside)
  await forEach(toGroups(those), atOnce, measureAndTell)
}

async function measureAndTell(group: readonly { readonly row: RowId }[]): Promise<void> {
  const left = group.map(({ row }) => row)
  let startedAtMs = Date.now()
  try {
    for await (const answer of measure([...left])) {
      const row = left.shift()
      if (row === undefined) break
      tell(row, answer, Math.round((Date.now() - startedAtMs) / 1000))
      startedAtMs = Date.now()
    }
  } catch (error) {
    // The others are worth knowing all the same; the exit code tells that one is missing.
    const failed = error instanceof Error ? error.message : String(error)
    for (const row of left) tell(row, { failed }, Math.round((Date.now() - startedAtMs) / 1000))
  }
}

function tell(row: RowId, answer: RowAnswer, seconds: number): void {
  if ('failed' in answer) {
    process.stderr.write(`${row}: NOT MEASURED: ${answer.failed} (${String(seconds)} s)\n`)
    return
  }
  const result = toResult(row, answer, options.quick === true)
  answers.set(row, result)
  process.stderr.write(`${row}: ${String(result.value)} (${result.note}; ${String(seconds)} s)\n`)
}

/** Each row, or each group, has a server and a process of its own: what one leaves behind slows down no other. */
async function* measure(rowIds: readonly RowId[]): AsyncGenerator<RowAnswer> {
  const [metricsPort = 0] = await freePorts(1)
  const server = await startDevServer({ extraArgs: ['--metrics-port', String(metricsPort)] })
  const child = fork(join(folder, 'row-process.js'), rowIds, {
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
  const messages = on(child, 'message', { close: ['close'] }) as AsyncIterable<[RowAnswer]>
  try {
    let left = rowIds.length
    for await (const [answer] of messages) {
      yield answer
      left -= 1
      if (left === 0) return
    }
    const how = String(child.exitCode ?? child.signalCode)
    throw new Error(`its process ended with ${how} before it had measured anything`)
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
