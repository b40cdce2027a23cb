import { createServer, type AddressInfo, type Server } from 'node:net'

/** Ports of 127.0.0.1 that nothing listens on right now, all different. */
export async function freePorts(count: number): Promise<number[]> {
  const servers = await Promise.all(Array.from({ length: count }, () => listen(0)))
  const ports = servers.map((server) => (server.address() as AddressInfo).port)
  await Promise.all(servers.map(close))
  return ports
}

/** Throws, in the user's words, when a port that the user asked for is taken. */
export async function requireFreePort(port: number, purpose: string): Promise<void> {
  const server = await listen(port).catch((error: unknown) => {
    const { code } = error as NodeJS.ErrnoException
    throw new Error(
      `port ${String(port)}, asked for as ${purpose}, cannot be used (${code ?? 'unknown'}): free it, or ask for no port to get a free one`,
    )
  })
  await close(server)
}

async function listen(port: number): Promise<Server> {
  const server = createServer()
  return await new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen({ port, host: '127.0.0.1', exclusive: true }, () => {
      resolve(server)
    })
  })
}

async function close(server: Server): Promise<void> {
  await new Promise((resolve) => server.close(resolve))
}
