import { createServer, type AddressInfo, type Socket } from 'node:net'

/** Bytes to send, and then: close properly, reset the connection, or leave it hanging. */
export type RawAnswer =
  { readonly close: string | Buffer } | { readonly reset: string } | { readonly hang: string }

export interface RawServer {
  /** Of the token endpoint. */
  readonly url: string
  /** What the next requests get. */
  readonly answer: (answer: RawAnswer) => void
  readonly requests: () => number
  readonly lastRequest: () => string
  readonly stop: () => Promise<void>
}

/** A server below HTTP, so that it can break off wherever it likes. */
export async function startRawServer(): Promise<RawServer> {
  let current: RawAnswer = { reset: '' }
  let requests = 0
  let last = ''
  const sockets = new Set<Socket>()
  const server = createServer((socket) => {
    sockets.add(socket)
    socket.on('close', () => sockets.delete(socket))
    socket.on('error', () => undefined)
    let received = ''
    socket.on('data', (chunk) => {
      received += chunk.toString('latin1')
      const [head = '', body] = received.split('\r\n\r\n')
      const length = Number(/content-length: (\d+)/i.exec(head)?.[1] ?? 0)
      if (body === undefined || body.length < length) return
      requests += 1
      last = received
      received = ''
      send(socket, current)
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  return {
    url: `http://127.0.0.1:${String(port)}/token`,
    answer: (next) => (current = next),
    requests: () => requests,
    lastRequest: () => last,
    stop: () =>
      new Promise((resolve) => {
        server.close(() => {
          resolve()
        })
        for (const socket of sockets) socket.destroy()
      }),
  }
}

function send(socket: Socket, answer: RawAnswer): void {
  if ('close' in answer) socket.end(answer.close)
  else if ('hang' in answer) socket.write(answer.hang)
  else if (answer.reset === '') socket.resetAndDestroy()
  // The part must have left before the reset drops what is still buffered.
  else socket.write(answer.reset, () => setImmediate(() => socket.resetAndDestroy()))
}

/** The head of an answer with its length; JSON unless the headers say otherwise. */
export function loopbackAnswer(status: number, headers: string, length: number): string {
  const type = /content-type/i.test(headers) ? '' : 'Content-Type: application/json\r\n'
  return `HTTP/1.1 ${String(status)} X\r\n${type}${headers}Content-Length: ${String(length)}\r\n\r\n`
}
