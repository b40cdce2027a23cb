import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { keepText } from './evidence.js'

export interface Child {
  readonly process: ChildProcess
  /** The line that it printed when it was ready. */
  readonly ready: string
  readonly kill: (signal: NodeJS.Signals) => Promise<void>
}

/** Starts a TypeScript file of this folder as a process and waits for its line `ready …`. */
export async function startChild(
  file: string,
  args: readonly string[],
  env: Readonly<Record<string, string>>,
): Promise<Child> {
  const child = spawn(
    process.execPath,
    [
      '--import',
      import.meta.resolve('tsx'),
      fileURLToPath(new URL(file, import.meta.url)),
      ...args,
    ],
    { env, stdio: ['ignore', 'pipe', 'pipe'] },
  )
  let text = ''
  const ready = new Promise<string>((resolve, reject) => {
    const read = (chunk: Buffer): void => {
      keepText(chunk.toString())
      text += chunk.toString()
      const line = /^ready.*$/m.exec(text)?.[0]
      if (line !== undefined) resolve(line)
    }
    child.stdout.on('data', read)
    child.stderr.on('data', read)
    child.once('exit', () => {
      reject(new Error(`${file} ended before it was ready: ${text.slice(-2000)}`))
    })
  })
  return {
    process: child,
    ready: await ready,
    kill: async (signal) => {
      if (child.exitCode !== null || child.signalCode !== null) return
      const gone = once(child, 'exit')
      child.kill(signal)
      await gone
    },
  }
}
