import { type ChildProcess, spawn } from 'node:child_process'

export interface Child {
  readonly name: string
  readonly pid: number
  /** What it said last on standard error, for the message when it fails. */
  readonly lastWords: () => string
  /** Resolves when it has ended. */
  readonly ended: Promise<void>
  /** Ends the process and what it started. */
  readonly kill: (signal: NodeJS.Signals) => void
  readonly wasKilled: () => boolean
  /** Resolves with its first message; rejects when it ends before. */
  readonly ready: Promise<void>
}

const KEPT_OUTPUT = 4000

/** The processes that the demo started, so that each of them ends with it. */
export class ChildProcesses {
  readonly #running = new Set<Child>()
  readonly #onLoss: (error: Error) => void
  #stopping = false

  /** `onLoss` hears of a process that ended though nobody had ended it. */
  constructor(onLoss: (error: Error) => void) {
    this.#onLoss = onLoss
  }

  /** Starts a program with exactly this environment (and the `PATH`). */
  start(name: string, command: string, args: readonly string[], env: NodeJS.ProcessEnv): Child {
    if (this.#stopping) throw new Error('the demo is ending')
    const { PATH, TMPDIR } = process.env
    const child = spawn(command, args, {
      env: { ...(PATH && { PATH }), ...(TMPDIR && { TMPDIR }), ...env },
      stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
      // A group of its own: a Ctrl-C reaches the demo only, which ends them in order.
      detached: true,
    })
    const made = describe(name, child)
    this.#running.add(made)
    void made.ended.then(() => {
      this.#running.delete(made)
      if (!made.wasKilled())
        this.#onLoss(new Error(`${name} ended by itself:\n${made.lastWords()}`))
    })
    return made
  }

  /** Asks all to end, ends those that have not after `graceMs`, and waits for all. */
  async stop(graceMs = 2000): Promise<void> {
    this.#stopping = true
    const all = [...this.#running]
    for (const child of all) child.kill('SIGTERM')
    const late = setTimeout(() => {
      this.killNow()
    }, graceMs)
    await Promise.all(all.map(({ ended }) => ended))
    clearTimeout(late)
  }

  /** For the last moment of the process, which can't wait. */
  killNow(): void {
    for (const child of this.#running) child.kill('SIGKILL')
  }
}

function describe(name: string, child: ChildProcess): Child {
  let words = ''
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    words = (words + text).slice(-KEPT_OUTPUT)
  })
  const lastWords = () => words.trim()
  const ended = new Promise<void>((resolve) => {
    child.once('close', () => {
      resolve()
    })
    child.once('error', (error) => {
      words += error.message
      resolve()
    })
  })
  const ready = new Promise<void>((resolve, reject) => {
    child.once('message', () => {
      resolve()
    })
    void ended.then(() => {
      reject(new Error(`${name} ended before it was ready:\n${lastWords()}`))
    })
  })
  // Not every caller waits for it: Temporal sends no message.
  ready.catch(() => undefined)
  const pid = child.pid ?? 0
  let killed = false
  return {
    name,
    pid,
    lastWords,
    ended,
    ready,
    wasKilled: () => killed,
    kill: (signal) => {
      killed = true
      if (pid === 0 || child.exitCode !== null || child.signalCode !== null) return
      try {
        process.kill(-pid, signal)
      } catch {
        child.kill(signal)
      }
    },
  }
}
