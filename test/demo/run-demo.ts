import { type ChildProcess, spawn } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

export interface DemoRun {
  readonly child: ChildProcess
  readonly output: () => string
  readonly ended: Promise<{ readonly code: number | null; readonly output: string }>
}

/** Starts the demo as `npm run demo` does after its set-up, with its output in a pipe. */
export function runDemo(args: readonly string[], marker: string): DemoRun {
  const main = fileURLToPath(new URL('../../demo/main.ts', import.meta.url))
  const child = spawn(process.execPath, ['--import', 'tsx', main, ...args], {
    env: { ...process.env, TMPDIR: marker },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let output = ''
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding('utf8').on('data', (text: string) => (output += text))
  return {
    child,
    output: () => output,
    ended: new Promise((resolve) => {
      child.once('close', (code) => {
        resolve({ code, output })
      })
    }),
  }
}

/** Processes whose environment holds the marker: whatever a demo started, directly or not (Linux). */
export function processesWith(marker: string): number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .filter((pid) => {
      try {
        return readFileSync(`/proc/${pid}/environ`, 'utf8').includes(marker)
      } catch {
        return false
      }
    })
    .map(Number)
}
