import { createServer, type AddressInfo, type Socket } from 'node:net'
import type { WireAnswer } from './wire-answer.js'

/** What the requests of one case get, in order; then the good answer for ever. */
export interface Script {
  readonly answers: readonly WireAnswer[]
  /** @param path of the request, without the case */
  readonly good: (path: string) => string
  /** Of each request, in order: what it got; undefined: the good answer. */
  readonly served: (WireAnswer | undefined)[]
}

export interface HostileServer {
  readonly origin: string
  /** By the first part of the path. */
  readonly scripts: Map<string, Script>
  /** How many answers have left in all. */
  readonly answered: () => number
  readonly stop: () => Promise<void>
}

/** More than any test asks for. */
const STALL_MS = 30_000

/** A server below HTTP/1.1: whatever bytes a script says go out, and end as it says. */
export async function startHostileServer(): Promise<HostileServer> {
  const scripts = new Map<string, Script>()
  const sockets = new Set<Socket>()
  let answered = 0
  const server = createServer({ noDelay: true }, (socket) => {
    sockets.add(socket)
    socket.on('close', () => sockets.delete(socket))
    socket.on('error', () => undefined)
    let received = ''
    socket.on('data', (chunk) => {
      received += chunk.toString('latin1')
      const end = received.indexOf('\r\n\r\n')
      if (end < 0) return
      const length = Number(/\r\ncontent-length: (\d+)/i.exec(received.slice(0, end))?.[1] ?? 0)
      if (received.length < end + 4 + length) return
      const [, target = '/'] = received.split(' ', 2)
      received = ''
      const [, id = '', path = ''] = /^\/([^/?]*)(.*)$/.exec(target) ?? []
      const script = scripts.get(id)
      if (script === undefined) {
        socket.end('HTTP/1.1 404 Unknown\r\nContent-Length: 0\r\n\r\n')
        return
      }
      const answer = script.answers[script.served.length]
      script.served.push(answer)
      answered += 1
      if (answer === undefined) socket.write(plainAnswer(script.good(path)))
      else send(socket, answer)
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  return {
    origin: `http://127.0.0.1:${String(port)}`,
    scripts,
    answered: () => answered,
    stop: () =>
      new Promise((resolve) => {
        server.close(() => {
          resolve()
        })
        for (const socket of sockets) socket.destroy()
      }),
  }
}

function plainAnswer(text: string): string {
  return `HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: ${String(Buffer.byteLength(text))}\r\n\r\n${text}`
}

function send(socket: Socket, { head, body, timing, share, closes }: WireAnswer): void {
  const whole = Buffer.concat([head, body])
  const part = whole.subarray(0, Math.floor(whole.length * share))
  const reset = (): void => void setImmediate(() => socket.resetAndDestroy())
  switch (timing) {
    case 'whole':
      if (closes) socket.end(whole)
      else socket.write(whole)
      return
    case 'in-parts':
      socket.write(part, () => {
        setImmediate(() => {
          if (closes) socket.end(whole.subarray(part.length))
          else socket.write(whole.subarray(part.length))
        })
      })
      return
    case 'reset-before':
      reset()
      return
    case 'reset-within':
      socket.write(part, reset)
      return
    case 'end-within':
      socket.end(part)
      return
    case 'stall-within':
      socket.write(part)
      break
    case 'stall-before':
  }
  setTimeout(() => socket.destroy(), STALL_MS).unref()
}
