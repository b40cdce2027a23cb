import { spawn, type SpawnOptions } from 'node:child_process'

export interface CommandResult {
  /** 127 where there is no such program. */
  readonly code: number
  readonly stdout: string
  /** Standard output and standard error. */
  readonly output: string
}

/** Runs a program to its end; never throws. */
export async function runCommand(
  program: string,
  args: readonly string[],
  options: Pick<SpawnOptions, 'cwd' | 'env' | 'timeout'> = {},
): Promise<CommandResult> {
  const child = spawn(program, args, {
    ...options,
    stdio: ['ignore', 'pipe', 'pipe'],
    killSignal: 'SIGKILL',
  })
  let stdout = ''
  let output = ''
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    stdout += text
    output += text
  })
  child.stderr.setEncoding('utf8').on('data', (text: string) => (output += text))
  const code = await new Promise<number>((resolve) => {
    child.once('error', () => resolve(127))
    child.once('close', (status) => resolve(status ?? 137))
  })
  return { code, stdout, output }
}
