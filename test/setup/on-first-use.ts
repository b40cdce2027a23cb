import { connect, createServer, type AddressInfo, type Socket } from 'node:net'

/** A loopback address behind which a server is started by the first connection. */
export interface OnFirstUse {
  /** `host:port`, good at once. */
  readonly address: string
  close(): Promise<void>
}

/** Listens on a free port; the first connection calls `start`, and every one is passed on to the address it gives. */
export async function onFirstUse(start: () => Promise<string>): Promise<OnFirstUse> {
  let target: Promise<string> | undefined
  const sockets = new Set<Socket>()
  const server = createServer((client) => {
    keep(client)
    target ??= start()
    target.then(
      (address) => {
        const [host = '', port = ''] = address.split(':')
        const upstream = keep(connect({ host, port: Number(port), noDelay: true }))
        client.setNoDelay(true)
        client.pipe(upstream).pipe(client)
        client.once('close', () => upstream.destroy())
        upstream.once('close', () => client.destroy())
      },
      (error: unknown) => {
        console.error(error)
        client.destroy()
      },
    )
  })

  function keep(socket: Socket): Socket {
    sockets.add(socket)
    socket.once('close', () => sockets.delete(socket))
    socket.on('error', () => socket.destroy())
    return socket
  }

  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    address: `127.0.0.1:${String((server.address() as AddressInfo).port)}`,
    close: async () => {
      const closed = new Promise((resolve) => server.close(resolve))
      for (const socket of sockets) socket.destroy()
      await closed
    },
  }
}
