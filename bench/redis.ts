import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { accessSync, constants } from 'node:fs'
import { mkdtemp } from 'node:fs/promises'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'

const PROGRAM = 'redis-server'

/** Whether this machine has a Redis (`apt install redis-server`): the bench runs without one as well. */
export function hasRedis(): boolean {
  return (process.env['PATH'] ?? '').split(delimiter).some((folder) => {
    try {
      accessSync(join(folder, PROGRAM), constants.X_OK)
      return true
    } catch {
      return false
    }
  })
}

/** Sends one command and gives its answer; empty: there is nothing of that name. */
export type AskRedis = (...words: readonly string[]) => Promise<string>

/** One for all rounds. */
let running: Promise<AskRedis> | undefined

/** A Redis that ends with this process. */
export function redis(): Promise<AskRedis> {
  running ??= startRedis()
  return running
}

/** Puts a token into it, and gives what reads it. */
export async function tokenInRedis(token: string): Promise<() => Promise<string>> {
  const ask = await redis()
  await ask('SET', 'token', token)
  return () => ask('GET', 'token')
}

/** Asks over one connection, as its clients do, with nothing that a client library would add. */
async function startRedis(): Promise<AskRedis> {
  const path = join(await mkdtemp(join(tmpdir(), 'tokenkeeper-bench-')), 'redis.sock')
  const options = ['--port', '0', '--unixsocket', path, '--save', '', '--appendonly', 'no']
  const server = spawn(PROGRAM, options, { stdio: ['ignore', 'pipe', 'inherit'] })
  process.once('exit', () => server.kill('SIGKILL'))
  for await (const text of server.stdout.setEncoding('utf8') as AsyncIterable<string>)
    if (text.includes('eady to accept connections')) break
  const socket = connect(path)
  await once(socket, 'connect')
  const waiting: ((value: string) => void)[] = []
  let received = ''
  socket.setEncoding('latin1').on('data', (text: string) => {
    received += text
    for (;;) {
      // `+OK`, a number, nothing (`$-1`), or `$<length>` and so many characters.
      const [head = '', word = '', length] =
        /^(?:\+(OK)|:\d+|\$-1|\$(\d+))\r\n/.exec(received) ?? []
      const end = head.length + (length === undefined ? 0 : Number(length) + 2)
      if (head === '' || received.length < end) return
      waiting.shift()?.(length === undefined ? word : received.slice(head.length, end - 2))
      received = received.slice(end)
    }
  })
  return (...words) =>
    new Promise((resolve) => {
      waiting.push(resolve)
      const parts = words.map((word) => `$${String(word.length)}\r\n${word}\r\n`)
      socket.write(`*${String(words.length)}\r\n${parts.join('')}`)
    })
}
