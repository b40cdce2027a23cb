import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { setTimeout as pause } from 'node:timers/promises'

export interface ChildOptions {
  /** Before each of its lines. */
  readonly name: string
  readonly command: string
  readonly args: readonly string[]
  readonly env: NodeJS.ProcessEnv
  /** The line that says that it works; it counts as ready after a while without one. */
  readonly readyLine: RegExp
}

/** A process that has ended without being asked. */
export interface Ended {
  readonly name: string
  readonly code: number | null
}

const READY_WITHIN_MS = 60_000
/** A keeper worker finishes a token request that is under way. */
const END_WITHIN_MS = 40_000

/** Processes that live and end together: whoever ends first ends all, and the last one started ends first. */
export class ChildProcesses {
  readonly #children: { readonly name: string; readonly child: ChildProcess }[] = []
  readonly #write: (line: string) => void
  readonly #killAll = (): void => this.kill()
  readonly #failed: ((ended: Ended) => void)[] = []
  #ended: Ended | undefined
  #stopping = false

  /** @param write is given each line that one of them prints */
  constructor(write: (line: string) => void) {
    this.#write = write
    // Whatever way this process ends, nothing stays behind.
    process.once('exit', this.#killAll)
  }

  /** Starts one, and waits until it is ready. @throws Error where it ends before */
  async start({ name, command, args, env, readyLine }: ChildOptions): Promise<void> {
    // A process group of its own: Ctrl-C reaches this process alone, which ends them in their order.
    const child = spawn(command, args, { env, detached: true, stdio: ['ignore', 'pipe', 'pipe'] })
    this.#children.push({ name, child })
    const ready = new Promise<void>((resolve) => {
      for (const stream of [child.stdout, child.stderr])
        createInterface({ input: stream }).on('line', (line) => {
          this.#write(`${name.padEnd(8)} | ${line}`)
          if (readyLine.test(line)) resolve()
        })
    })
    const gone = new Promise<never>((_resolve, reject) => {
      child.once('error', (error) => {
        this.#tell({ name, code: null })
        reject(new Error(`${name} can't be started: ${error.message}`))
      })
      child.once('exit', (code) => {
        this.#tell({ name, code })
        reject(
          new Error(
            `${name} has ended${code === null ? '' : ` with exit code ${code}`}; its last lines stand above.`,
          ),
        )
      })
    })
    gone.catch(() => undefined)
    const late = new AbortController()
    await Promise.race([
      ready,
      gone,
      pause(READY_WITHIN_MS, undefined, { signal: late.signal }).catch(() => undefined),
    ])
    late.abort()
  }

  /** Resolves with the first that ends without being asked. */
  async untilOneEnds(): Promise<Ended> {
    if (this.#ended !== undefined) return this.#ended
    return await new Promise((resolve) => this.#failed.push(resolve))
  }

  /** Ends all of them, the last one started first. */
  async stop(): Promise<void> {
    this.#stopping = true
    for (const { child } of [...this.#children].reverse()) {
      if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) continue
      const exited = once(child, 'exit')
      signalGroup(child, 'SIGTERM')
      const late = new AbortController()
      await Promise.race([
        exited,
        pause(END_WITHIN_MS, undefined, { signal: late.signal }).catch(() => undefined),
      ])
      late.abort()
    }
    this.kill()
    process.removeListener('exit', this.#killAll)
  }

  /** Ends what is left of them at once. */
  kill(): void {
    for (const { child } of this.#children) signalGroup(child, 'SIGKILL')
  }

  #tell(ended: Ended): void {
    if (this.#stopping) return
    this.#ended ??= ended
    for (const told of this.#failed.splice(0)) told(ended)
  }
}

function signalGroup({ pid }: ChildProcess, signal: NodeJS.Signals): void {
  try {
    if (pid !== undefined) process.kill(-pid, signal)
  } catch {
    // All of the group have ended.
  }
}
