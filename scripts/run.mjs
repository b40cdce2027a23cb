// @ts-check
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { forwardSignals, start, stopRequested } from './child-process.mjs'
import { installIfNeeded } from './install.mjs'
import { findBinary } from './temporal/find-binary.mjs'
import { TOOLS } from './temporal/tools.mjs'
import { runTests } from './tests.mjs'

const root = fileURLToPath(new URL('..', import.meta.url))
const [command, ...args] = process.argv.slice(2)
const SCHEDULES_A_ROUND = 20

/** @type {Record<string, () => Promise<number>>} */
const COMMANDS = {
  install: async () => {
    await installIfNeeded(root, process.env)
    return 0
  },
  // Without a part that is named: everything but what is installed from nothing, which has its own command.
  test: async () =>
    runTests(prepare, root, args.some(isPart) ? args : ['--project=!installed', ...args]),
  'test:package': async () => runTests(prepare, root, ['--project=installed', ...args]),
  soak: async () =>
    runTests(prepareSoak, root, ['test/soak', 'test/fuzz', 'test/time', 'test/simulation']),
  demo: async () => runProgram('demo/main.ts'),
  bench: async () => runProgram('bench/main.ts'),
  'test:deploy': async () => runProgram('test/deploy/main.ts'),
}

forwardSignals()
const chosen = COMMANDS[command ?? '']
if (chosen === undefined) {
  process.stderr.write(
    `usage: node scripts/run.mjs <${Object.keys(COMMANDS).join(' | ')}> [args]\n`,
  )
  process.exit(2)
}
try {
  process.exitCode = stopRequested() ?? (await chosen())
} catch (error) {
  process.stderr.write(`${/** @type {Error} */ (error).message}\n`)
  process.exitCode = stopRequested() ?? 1
}

/** @param {string} arg */
function isPart(arg) {
  return arg.startsWith('test/') || arg.startsWith('--project')
}

/** @param {string} program */
async function runProgram(program) {
  const env = await prepare()
  return step(['--import', 'tsx', join(root, program), ...args], env, 'inherit')
}

/** Everything that a start on a fresh machine needs; gives the environment for what is started. */
async function prepare() {
  await installIfNeeded(root, process.env)
  const env = {
    ...process.env,
    [TOOLS.cli.variable]: await findBinary(TOOLS.cli),
    [TOOLS.testServer.variable]: await findBinary(TOOLS.testServer),
  }
  const code = await step([join(root, 'scripts', 'build.mjs')], env, ['ignore', 2, 2])
  if (code !== 0) throw new Error('the build failed')
  return env
}

/**
 * `npm run soak -- --schedules 200 --answers 100000 --waiters 20000 --seed 7`: schedules on the real server,
 * 20 at once, answers of hostile upstreams and token endpoints, and flows that wait for one connection; beside
 * them a year of hourly tokens and 5,000 simulated schedules.
 */
async function prepareSoak() {
  const { values } = parseArgs({
    args,
    options: {
      schedules: { type: 'string', default: '200' },
      answers: { type: 'string', default: '100000' },
      waiters: { type: 'string', default: '20000' },
      seed: { type: 'string', default: '1' },
    },
  })
  const rounds = Math.ceil(Number(values.schedules) / SCHEDULES_A_ROUND)
  const soak = {
    SOAK_ROUNDS: String(rounds),
    SOAK_SEED: values.seed,
    SOAK_WAITERS: values.waiters,
    TOKENKEEPER_DAYS: '365',
    SIMULATED_SCHEDULES: '5000',
  }
  return { ...(await prepare()), ...soak, FUZZ_ANSWERS: values.answers, FUZZ_SEED: values.seed }
}

/**
 * @param {string[]} nodeArgs
 * @param {NodeJS.ProcessEnv} env
 * @param {import('node:child_process').StdioOptions} stdio
 */
async function step(nodeArgs, env, stdio) {
  const { ended } = start(process.execPath, nodeArgs, { cwd: root, env, stdio })
  return (await ended).code
}
