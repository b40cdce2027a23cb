import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'

/** One step of a page: what a person types or does, and what they see then. */
interface Step {
  /** `terminal`: it stays open until the end of the page. */
  readonly kind: 'command' | 'terminal'
  readonly script: string
  /** Lines that have to appear in this order; `…` stands for any text. */
  readonly shown: readonly string[]
}

export interface GuidePlace {
  readonly folder: string
  readonly env: NodeJS.ProcessEnv
}

/** What only asks is asked again until it shows what the page says. */
const ASKS = /tokenkeeper (?:status|progress)\b/
const PATIENCE_MS = 120_000

/**
 * The steps of a page. `sh`: typed; `sh terminal`: typed into a terminal of its own; `sh elsewhere`: not
 * played; `text` behind one of them: what it shows; a comment `played: …`: what is done by hand.
 */
export function readSteps(page: string): readonly Step[] {
  const blocks = page.matchAll(
    /^```sh( terminal)?\n([\s\S]*?)^```\n(?:\n?```text\n([\s\S]*?)^```)?|^<!-- played: (.*) -->$/gm,
  )
  return [...blocks].map(([, terminal, script, shown = '', byHand = '']) => ({
    kind: terminal === undefined ? 'command' : 'terminal',
    script: script ?? byHand,
    shown: shown.split('\n').filter((line) => line.trim() !== ''),
  }))
}

/** Does what a page says, in a folder of its own, and fails where it shows something else. */
export async function playGuide(page: string, { folder, env: given }: GuidePlace): Promise<void> {
  let env = given
  const terminals: Terminal[] = []
  try {
    for (const step of readSteps(page)) {
      if (step.kind === 'terminal') {
        const terminal = new Terminal(step.script, folder, env)
        terminals.push(terminal)
        await terminal.untilShown(step.shown)
      } else env = await runStep(step, folder, env)
    }
  } catch (error) {
    const outputs = terminals.map(({ output }) => output).join('\n')
    throw new Error(`${String(error)}\nThe open terminals showed:\n${outputs}`)
  } finally {
    await Promise.all(terminals.map((terminal) => terminal.close()))
  }
}

/** @returns the environment after the step, for `export` outlives it */
async function runStep(
  { script, shown }: Step,
  folder: string,
  env: NodeJS.ProcessEnv,
): Promise<NodeJS.ProcessEnv> {
  const kept = join(folder, '.environment')
  const asks = ASKS.test(script)
  const whole = `set -eo pipefail\n${script}\nenv -0 > .environment`
  const startedAt = Date.now()
  for (;;) {
    const terminal = new Terminal(whole, folder, env)
    const code = await terminal.ended
    if (shows(terminal.output, shown) && (asks || code === 0)) break
    if (!asks || Date.now() - startedAt > PATIENCE_MS)
      throw new Error(
        `${script}ended with ${code}; expected\n${shown.join('\n')}\nbut it showed\n${terminal.output}`,
      )
    await pause(500)
  }
  if (asks) return env
  const lines = (await readFile(kept, 'utf8')).split('\0').filter((line) => line.includes('='))
  await rm(kept)
  return Object.fromEntries(
    lines.map((line) => [line.slice(0, line.indexOf('=')), line.slice(line.indexOf('=') + 1)]),
  )
}

/** A shell with a process group of its own, so that all it started ends with it. */
class Terminal {
  readonly ended: Promise<number>
  output = ''
  readonly #child: ChildProcess

  constructor(script: string, cwd: string, env: NodeJS.ProcessEnv) {
    const child = spawn('bash', ['-c', script], { cwd, env, detached: true, stdio: 'pipe' })
    child.stdin.end()
    for (const stream of [child.stdout, child.stderr])
      stream.setEncoding('utf8').on('data', (text: string) => (this.output += text))
    this.#child = child
    this.ended = once(child, 'close').then(([code]) => Number(code))
  }

  async untilShown(lines: readonly string[]): Promise<void> {
    const startedAt = Date.now()
    while (!shows(this.output, lines)) {
      const isOver = this.#child.exitCode !== null || Date.now() - startedAt > PATIENCE_MS
      if (isOver) throw new Error(`expected\n${lines.join('\n')}\nbut it showed\n${this.output}`)
      await pause(50)
    }
  }

  async close(): Promise<void> {
    const { pid, exitCode } = this.#child
    if (pid !== undefined && exitCode === null) process.kill(-pid, 'SIGTERM')
    await this.ended
  }
}

function shows(output: string, lines: readonly string[]): boolean {
  const parts = lines.map((line) => line.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&'))
  return new RegExp(parts.map((part) => part.replaceAll('…', '.*')).join('[\\s\\S]*')).test(output)
}
