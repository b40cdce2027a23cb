import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'

/** A process of the bench; it ends with the process that started it. */
export interface BenchChild<Message> {
  readonly process: ChildProcess
  readonly first: Message
  /** Sends a question and gives the next message. */
  readonly ask: (question: object) => Promise<Message>
  /** Ends it at once (SIGKILL) and waits. */
  readonly kill: () => Promise<void>
}

/** Starts a program of this folder and waits for its first message. */
export async function startChild<Message>(
  program: string,
  config: object,
  nodeArguments: readonly string[] = [],
): Promise<BenchChild<Message>> {
  const child = fork(fileURLToPath(new URL(program, import.meta.url)), {
    env: { ...process.env, BENCH_CONFIG: JSON.stringify(config) },
    execArgv: [...nodeArguments],
  })
  const ended = once(child, 'close').then(() => {
    throw new Error(`${program} ended with ${String(child.exitCode ?? child.signalCode)}`)
  })
  ended.catch(() => undefined)
  const next = async (): Promise<Message> => {
    const [message] = (await Promise.race([once(child, 'message'), ended])) as [Message]
    return message
  }
  return {
    process: child,
    first: await next(),
    ask: async (question) => {
      const answer = next()
      child.send(question)
      return await answer
    },
    kill: async () => {
      child.kill('SIGKILL')
      await ended.catch(() => undefined)
    },
  }
}

/** In such a program: what it was started with; from here on it ends with its parent. */
export function childConfig(): unknown {
  process.once('disconnect', () => process.exit(0))
  return JSON.parse(process.env['BENCH_CONFIG'] ?? '{}')
}
