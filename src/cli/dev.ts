import { existsSync, constants } from 'node:fs'
import { createServer } from 'node:net'
import { resolve, delimiter, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { access } from 'node:fs/promises'
import { ChildProcesses } from './dev/child-processes.js'
import { EXIT } from './frame/exit-codes.js'
import { exitInterrupted } from './frame/interrupt.js'
import { KEY_FILE, writeKeyPair } from './write-key-file.js'
import { printLines, printNotes } from './frame/print.js'

export interface DevOptions {
  /** The address of a Temporal server that runs already. */
  readonly address?: string | undefined
  readonly namespace?: string | undefined
  readonly taskQueue?: string | undefined
  readonly temporal?: string | undefined
  readonly port: number
  readonly uiPort: number
  readonly consolePort: number
  readonly dbFile?: string | undefined
  readonly key: readonly string[]
  /** Scripts of package.json that run beside. */
  readonly with: readonly string[]
  /** False with `--no-console`. */
  readonly console: boolean
}

/**
 * `tokenkeeper dev`: a Temporal server with its Web UI, the keeper worker of the project, the console and
 * what else the project runs, until Ctrl-C ends all of it.
 */
export async function dev(module: string | undefined, options: DevOptions): Promise<void> {
  process.removeListener('SIGINT', exitInterrupted)
  const processes = new ChildProcesses((line) => printNotes(line))
  const interrupted = interruption(processes)
  try {
    const started = startProcesses(processes, module, options)
    const first = await Promise.race([started, interrupted])
    if (first === 'interrupted') return
    const { name, code } = await Promise.race([processes.untilOneEnds(), interrupted]).then(
      (ended) => (ended === 'interrupted' ? { name: '', code: 0 } : ended),
    )
    if (name === '') return
    printNotes(
      `tokenkeeper: ${name} has ended${code === null ? '' : ` with exit code ${code}`}, so everything ends; its last lines stand above.`,
    )
    process.exitCode = EXIT.failed
  } finally {
    await processes.stop()
  }
}

/** The first Ctrl-C ends everything in order, the second one at once. */
async function interruption(processes: ChildProcesses): Promise<'interrupted'> {
  return await new Promise((done) => {
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const)
      process.once(signal, () => {
        printNotes('Ending everything; once more ends it at once.')
        process.once(signal, () => {
          processes.kill()
          process.exit(EXIT.interrupted)
        })
        done('interrupted')
      })
  })
}

async function startProcesses(
  processes: ChildProcesses,
  module: string | undefined,
  options: DevOptions,
): Promise<void> {
  const keys = options.key.length > 0 ? options.key : await ownKey()
  const address = options.address ?? (await startServer(processes, options))
  const namespace = options.namespace ?? process.env['TEMPORAL_NAMESPACE'] ?? 'default'
  const env = {
    ...process.env,
    TEMPORAL_ADDRESS: address,
    TEMPORAL_NAMESPACE: namespace,
    TOKENKEEPER_PRIVATE_KEYS: keys.join(','),
  }
  const queue = flag('--task-queue', options.taskQueue)
  const own = [...process.execArgv, fileURLToPath(new URL(mainFile(), import.meta.url))]
  const worker = ['worker', module, '--log-level', 'WARN', ...queue].filter(
    (one) => one !== undefined,
  )
  const scripts = options.with.map((script) => ({
    name: script,
    command: process.platform === 'win32' ? 'npm.cmd' : 'npm',
    args: ['run', '--silent', script],
    env,
    readyLine: /./,
  }))
  const keeper = {
    name: 'keeper',
    command: process.execPath,
    args: [...own, ...worker],
    env,
    readyLine: /^The keeper worker is ready/,
  }
  const pages = {
    name: 'console',
    command: process.execPath,
    args: [...own, 'console', '--port', String(options.consolePort), ...queue],
    env,
    readyLine: /http/,
  }
  // At once: two workers bundle their workflows side by side.
  const all = [...scripts, keeper, pages].filter((one) => one !== pages || options.console)
  await Promise.all(all.map((one) => processes.start(one)))
  const ui = options.address === undefined ? `http://localhost:${options.uiPort}` : undefined
  printLines(
    `Ready. Temporal at ${address}${ui === undefined ? '' : `, its Web UI at ${ui}`}. Ctrl-C ends everything.`,
  )
}

/** An option with its value, where there is one. */
function flag(name: string, value: string | undefined): readonly string[] {
  return value === undefined ? [] : [name, value]
}

/** As it is written, and as it is built. */
function mainFile(): string {
  return import.meta.url.endsWith('.ts') ? './main.ts' : './main.js'
}

async function startServer(processes: ChildProcesses, options: DevOptions): Promise<string> {
  const command = await findTemporal(options.temporal, process.env)
  const { port, uiPort, dbFile } = options
  for (const [what, one] of [
    ['--port', port],
    ['--ui-port', uiPort],
  ] as const)
    await refuseTakenPort(what, one)
  const address = `127.0.0.1:${port}`
  const namespace = options.namespace ?? process.env['TEMPORAL_NAMESPACE']
  await processes.start({
    name: 'temporal',
    command,
    args: [
      'server',
      'start-dev',
      ...['--ip', '127.0.0.1', '--port', String(port), '--ui-port', String(uiPort)],
      ...['--log-level', 'error'],
      ...flag('--db-filename', dbFile),
      ...flag('--namespace', namespace),
    ],
    // Its own settings must not lead it to another server.
    env: { PATH: process.env['PATH'], HOME: process.env['HOME'] },
    readyLine: /Server:|Web UI|UI:/,
  })
  return address
}

async function refuseTakenPort(option: string, port: number): Promise<void> {
  const server = createServer()
  try {
    await new Promise<void>((done, reject) => {
      server.once('error', reject)
      server.listen(port, '127.0.0.1', done)
    })
  } catch {
    throw new Error(
      `Port ${port} is taken, by a Temporal server that runs already? Use that one: --address localhost:${port}; or give another port: ${option}.`,
    )
  } finally {
    server.close()
  }
}

/** The key of the project, made at the first start. */
async function ownKey(): Promise<readonly string[]> {
  const file = resolve(KEY_FILE)
  if (!existsSync(file)) {
    const publicKey = await writeKeyPair(file, new Date())
    printNotes(
      `A private key was made: ${KEY_FILE}. Clients seal with its public half: export TOKENKEEPER_PUBLIC_KEY=${publicKey}`,
    )
  }
  return [file]
}

/**
 * The `temporal` program: as it is named, by TEMPORAL_CLI_PATH, or on the PATH.
 * @throws Error that says how to get it
 */
async function findTemporal(
  named: string | undefined,
  environment: Readonly<Record<string, string | undefined>>,
): Promise<string> {
  const given = named ?? environment['TEMPORAL_CLI_PATH']
  if (given !== undefined) {
    const path = resolve(given)
    if (await isProgram(path)) return path
    throw new Error(
      `There is no program at ${path} (${named === undefined ? 'TEMPORAL_CLI_PATH' : '--temporal'}). ${HOW_TO_GET_IT}`,
    )
  }
  const names = process.platform === 'win32' ? ['temporal.exe'] : ['temporal']
  for (const folder of (environment['PATH'] ?? '').split(delimiter))
    for (const name of names)
      if (folder !== '' && (await isProgram(join(folder, name)))) return join(folder, name)
  throw new Error(`The program 'temporal' is not on the PATH. ${HOW_TO_GET_IT}`)
}

const HOW_TO_GET_IT =
  'Install the Temporal CLI (https://docs.temporal.io/cli#install; on macOS: brew install temporal), or name the program with --temporal <file>. Where a Temporal server runs already, give its address with --address.'

async function isProgram(path: string): Promise<boolean> {
  return await access(path, constants.X_OK).then(
    () => true,
    () => false,
  )
}
