import { type ChildProcess, spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'

const MAIN = fileURLToPath(new URL('../../src/cli/main.ts', import.meta.url))
const ARGS = ['--import', 'tsx', MAIN]

export interface CliRun {
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
}

export interface RunningCli {
  readonly child: ChildProcess
  readonly output: { stdout: string; stderr: string }
  readonly ended: Promise<CliRun>
}

/** Starts the CLI as a process of its own, without a terminal. */
export function startCli(
  args: readonly string[],
  options: { readonly env?: Readonly<Record<string, string>>; readonly input?: string } = {},
): RunningCli {
  const child = spawn(process.execPath, [...ARGS, ...args], {
    env: { PATH: process.env['PATH'], HOME: process.env['HOME'], ...options.env },
    stdio: ['pipe', 'pipe', 'pipe'],
  })
  child.stdin.end(options.input ?? '')
  const output = { stdout: '', stderr: '' }
  child.stdout.setEncoding('utf8').on('data', (text: string) => (output.stdout += text))
  child.stderr.setEncoding('utf8').on('data', (text: string) => (output.stderr += text))
  const ended = new Promise<CliRun>((resolve) => {
    child.once('close', (code) => resolve({ code, ...output }))
  })
  return { child, output, ended }
}

/**
 * Starts the CLI on a terminal of its own (python3's pty), which shows what a person would see: what
 * the terminal echoes, too. Each text of `typed` is typed when its prompt stands there.
 */
export function startCliOnTerminal(
  args: readonly string[],
  typed: readonly (readonly [prompt: string, text: string])[],
  env: Readonly<Record<string, string>> = {},
): RunningCli {
  const child = spawn('python3', ['-c', TERMINAL, process.execPath, ...ARGS, ...args], {
    env: {
      PATH: process.env['PATH'],
      HOME: process.env['HOME'],
      TYPED: JSON.stringify(typed),
      ...env,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const output = { stdout: '', stderr: '' }
  child.stdout.setEncoding('utf8').on('data', (text: string) => (output.stdout += text))
  child.stderr.setEncoding('utf8').on('data', (text: string) => (output.stderr += text))
  const ended = new Promise<CliRun>((resolve) => {
    child.once('close', (code) => resolve({ code, ...output }))
  })
  return { child, output, ended }
}

// At the end it says on its own standard error whether the terminal echoes again, as it must.
const TERMINAL = `
import json, os, pty, sys, termios
typed = json.loads(os.environ.pop('TYPED'))
pid, terminal = pty.fork()
if pid == 0:
    os.execvp(sys.argv[1], sys.argv[1:])
seen, done = b'', 0
while True:
    try:
        chunk = os.read(terminal, 4096)
    except OSError:
        break
    if not chunk:
        break
    seen += chunk
    os.write(1, chunk)
    while done < len(typed) and typed[done][0].encode() in seen:
        seen = seen.split(typed[done][0].encode(), 1)[1]
        os.write(terminal, typed[done][1].encode())
        done += 1
_, status = os.waitpid(pid, 0)
echoes = termios.tcgetattr(terminal)[3] & termios.ECHO
os.write(2, b'the terminal echoes' if echoes else b'the terminal is left mute')
sys.exit(os.waitstatus_to_exitcode(status) % 256)
`
