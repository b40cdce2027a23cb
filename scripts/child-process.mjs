// @ts-check
import { spawn } from 'node:child_process'
import { constants } from 'node:os'

/** @type {Set<import('node:child_process').ChildProcess>} */
const living = new Set()
/** @type {number | undefined} */
let stopping

/**
 * Starts a program and remembers it until it ends, so that nothing outlives this process. Throws once a signal has
 * asked this process to stop: the step after an interrupted one must not begin.
 * @param {string} command
 * @param {readonly string[]} args
 * @param {import('node:child_process').SpawnOptions} options
 */
export function start(command, args, options) {
  if (stopping !== undefined) throw new Error('stopped')
  const child = spawn(command, args, options)
  living.add(child)
  const ended = new Promise((resolve) => {
    child.once('error', (error) => {
      living.delete(child)
      resolve({ code: 127, error: error.message })
    })
    child.once('close', (code, signal) => {
      living.delete(child)
      resolve({ code: code ?? 128 + (signal === null ? 1 : constants.signals[signal]) })
    })
  })
  return { child, ended: /** @type {Promise<{code: number, error?: string}>} */ (ended) }
}

/**
 * Runs a program to its end and gives its exit code and output; never throws.
 * @param {string} command
 * @param {readonly string[]} args
 * @param {{env: NodeJS.ProcessEnv, timeoutMs: number}} options
 */
export async function capture(command, args, { env, timeoutMs }) {
  const { child, ended } = start(command, args, {
    env,
    stdio: ['ignore', 'pipe', 'pipe'],
    timeout: timeoutMs,
    killSignal: 'SIGKILL',
  })
  let stdout = ''
  let stderr = ''
  child.stdout?.setEncoding('utf8').on('data', (text) => (stdout += text))
  child.stderr?.setEncoding('utf8').on('data', (text) => (stderr += text))
  const { code, error } = await ended
  return { code, stdout, stderr: error ?? stderr }
}

/**
 * Kills a child with everything that it started, when it has a process group of its own.
 * @param {import('node:child_process').ChildProcess} child
 */
export function killGroup(child) {
  try {
    if (child.pid !== undefined) process.kill(-child.pid, 'SIGKILL')
  } catch {
    child.kill('SIGKILL') // no such group: never detached, or gone
  }
}

/**
 * Passes SIGINT, SIGTERM and SIGHUP on to every living child; without one, ends this process.
 * A terminal sends Ctrl-C to the children as well, so they may see it twice.
 */
export function forwardSignals() {
  for (const signal of /** @type {const} */ (['SIGINT', 'SIGTERM', 'SIGHUP'])) {
    process.on(signal, () => {
      stopping ??= 128 + constants.signals[signal]
      if (living.size === 0) process.exit(stopping)
      for (const child of living) child.kill(signal)
    })
  }
  process.once('exit', () => {
    for (const child of living) killGroup(child)
  })
}

/** Exit code of the signal that asked this process to stop, if one did. */
export function stopRequested() {
  return stopping
}
