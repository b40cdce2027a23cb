import { stat } from 'node:fs/promises'
import { setTimeout as sleep } from 'node:timers/promises'
import { TokenkeeperError } from '../src/client/errors/tokenkeeper-error.js'
import type { TokenkeeperClient } from '../src/client/tokenkeeper-client.js'
import { startKeeperProcess } from './fleet.js'
import { readable } from './interleave.js'
import { processUsage } from './process-usage.js'
import { KEEPER_QUEUE, startStage } from './stage.js'
import { forEach, timed } from './work.js'
import { median } from './statistics.js'
import type { RefreshesTold } from './upstream.js'

/** What `npm run bench -- --scale` starts this with. */
interface ScaleConfig {
  readonly connections: number
  readonly serverPid: number
  readonly database: string
}

const MIB = 2 ** 20
const AT_ONCE = 30
const ASKED = 20
/** A refresh takes about 45 ms of processor time, server and all, and comes in a tenth of the lifetime. */
const LIFETIME_MS_A_CONNECTION = 120
const LEAST_LIFETIME_S = 120

process.once('disconnect', () => process.exit(0))
const { connections, serverPid, database } = JSON.parse(
  process.env['BENCH_SCALE'] ?? '{}',
) as ScaleConfig
const lifetimeS = Math.max(
  LEAST_LIFETIME_S,
  Math.ceil((connections * LIFETIME_MS_A_CONNECTION) / 1000),
)
const stage = await startStage()
const accounts = Array.from({ length: connections }, (_, index) => `often${String(index)}`)
say(
  `${readable(connections)} connections, each with a rotating refresh token, on one keeper worker. A token lives for ${String(lifetimeS)} s, which stands for an hour: so all that a keeper does in an hour, it does here in ${readable(lifetimeS / 60)} minutes.`,
)

let keeper = await startKeeperProcess(stage, KEEPER_QUEUE)
const created = await measured(async () => {
  await forEach(accounts, AT_ONCE, connect)
})
report('created', created, connections)
say(
  `  ${kib(created.keeperGrew / connections)} KiB of resident memory and ${kib(created.databaseGrew / connections)} KiB of database each`,
)

const { count: early } = await refreshes()
const hour = await measured(async () => {
  const untilMs = performance.now() + lifetimeS * 1500
  while (performance.now() < untilMs && (await refreshes()).count < early + connections)
    await sleep(1000)
})
const { count: all, shares } = await refreshes()
const count = all - early
if (count === 0) throw new Error('no token was refreshed within one and a half lifetimes')
report('refreshed', hour, count)
const late = shares.filter((share) => share > 0.8)
say(
  `  planned at 70 to 80 % of the lifetime; the last came at ${percent(Math.max(...shares))}, ${readable(late.length)} after 80 %, ${String(shares.filter((share) => share >= 1).length)} after the end of their token`,
)
say(`  ${kib(hour.databaseGrew / count)} KiB of database each`)

await keeper.kill()
const startedAtMs = performance.now()
let firstMs = 0
const cold = await measured(async () => {
  keeper = await startKeeperProcess(stage, KEEPER_QUEUE)
  await stage.keeper.status('timed', accounts[0] ?? '')
  firstMs = performance.now() - startedAtMs
})
report('cold start until the first answer', { ...cold, ms: firstMs }, 1)
const asked = accounts.filter((_, at) => at % Math.ceil(connections / ASKED) === 0)
const answers: number[] = []
for (const account of asked) answers.push(await timed(() => askStatus(stage.keeper, account)))
say(
  `  ${String(answers.length)} connections that are in no memory: ${readable(median(answers))} ms until one answers, at most ${readable(Math.max(...answers))} ms`,
)
await keeper.kill()
process.send?.({ done: true })

interface Spent {
  readonly ms: number
  readonly keeperCpu: number
  readonly serverCpu: number
  readonly keeperGrew: number
  readonly keeperBytes: number
  readonly databaseGrew: number
  readonly databaseBytes: number
}

/** What some work took of the keeper worker, the server and the disk. A keeper that is started meanwhile begins at nothing. */
async function measured(work: () => Promise<void>): Promise<Spent> {
  const pid = keeper.process.pid ?? 0
  const before = await Promise.all([usageOf(pid), usageOf(serverPid), databaseBytes()])
  const ms = await timed(work)
  const after = await Promise.all([
    usageOf(keeper.process.pid ?? 0),
    usageOf(serverPid),
    databaseBytes(),
  ])
  const isSame = pid === keeper.process.pid
  const [keeperBefore, serverBefore, diskBefore] = before
  const [keeperAfter, serverAfter, diskAfter] = after
  return {
    ms,
    keeperCpu: keeperAfter.cpuSeconds - (isSame ? keeperBefore.cpuSeconds : 0),
    serverCpu: serverAfter.cpuSeconds - serverBefore.cpuSeconds,
    keeperGrew: keeperAfter.residentBytes - (isSame ? keeperBefore.residentBytes : 0),
    keeperBytes: keeperAfter.residentBytes,
    databaseGrew: diskAfter - diskBefore,
    databaseBytes: diskAfter,
  }
}

function report(what: string, spent: Spent, times: number): void {
  const { ms, keeperCpu, serverCpu, keeperBytes, databaseBytes: disk } = spent
  const each = (seconds: number): string => `${readable((seconds * 1000) / times)} ms`
  say(
    `${what}${times === 1 ? '' : ` ${readable(times)}`} in ${readable(ms / 1000)} s${times === 1 ? '' : ` (${readable((times * 1000) / ms)}/s)`}; processor time of the keeper ${each(keeperCpu)}, of the server ${each(serverCpu)}${times === 1 ? '' : ' each'}; keeper ${readable(keeperBytes / MIB)} MiB, database ${readable(disk / MIB)} MiB`,
  )
}

async function usageOf(pid: number): ReturnType<typeof processUsage> {
  // A process that was killed has used what nobody can tell any more.
  return await processUsage(pid).catch(() => ({ cpuSeconds: 0, residentBytes: 0 }))
}

/** With what SQLite has not moved into its file yet. */
async function databaseBytes(): Promise<number> {
  const sizes = ['', '-wal'].map((end) =>
    stat(`${database}${end}`).then(
      ({ size }) => size,
      () => 0,
    ),
  )
  return (await Promise.all(sizes)).reduce((sum, size) => sum + size, 0)
}

function refreshes(): Promise<RefreshesTold> {
  return stage.upstream.refreshes()
}

async function connect(account: string): Promise<void> {
  const credential = { refreshToken: `${account}.${String(lifetimeS)}` }
  await stage.keeper.connect('timed', account, credential).catch((error: unknown) => {
    // A busy machine takes longer than a command waits. It goes on by itself.
    const goesOn = ['StillTrying', 'NoAnswer']
    if (!(error instanceof TokenkeeperError && goesOn.includes(error.code))) throw error
  })
}

async function askStatus(client: TokenkeeperClient, account: string): Promise<void> {
  await client.status('timed', account)
}

function kib(bytes: number): string {
  return readable(bytes / 1024)
}

function percent(share: number): string {
  return `${readable(share * 100)} %`
}

function say(text: string): void {
  process.stdout.write(`${text}\n`)
}
