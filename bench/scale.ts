import { fork } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { startDevServer } from '../scripts/temporal/dev-server.js'
import { compileBench } from './compile.js'

const FEWEST = 20
const SHARED = '/dev/shm'

/**
 * `npm run bench -- --scale`: many connections are created, refreshed for as long as one token lives, and the keeper
 * worker is started cold. Prints memory, processor time, database size and how late refreshes came.
 * @returns the exit code
 */
export async function measureScale(connections: number): Promise<number> {
  if (!Number.isInteger(connections) || connections < FEWEST || process.platform !== 'linux') {
    process.stderr.write(
      `--scale runs on Linux, and --connections is a whole number from ${String(FEWEST)}\n`,
    )
    return 2
  }
  const startedAtMs = Date.now()
  const folder = await compileBench()
  // In memory: what is measured is the database's size, not how fast the disk of this machine is.
  const files = await mkdtemp(join(existsSync(SHARED) ? SHARED : tmpdir(), 'tokenkeeper-scale-'))
  const database = join(files, 'temporal.db')
  const server = await startDevServer({ dbFilename: database })
  const child = fork(join(folder, 'scale-process.js'), [], {
    env: {
      ...process.env,
      BENCH_TEMPORAL_ADDRESS: server.address,
      BENCH_SCALE: JSON.stringify({ connections, serverPid: server.pid, database }),
    },
    execArgv: [],
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  })
  const kill = (): void => void child.kill('SIGKILL')
  process.once('exit', kill)
  const closed = once(child, 'close')
  const isDone = await Promise.race([
    once(child, 'message').then(() => true),
    closed.then(() => false),
  ])
  child.kill('SIGKILL')
  await closed
  await server.stop()
  await rm(files, { recursive: true, force: true })
  process.stdout.write(`${((Date.now() - startedAtMs) / 60_000).toFixed(1)} minutes\n`)
  return isDone ? 0 : 1
}
