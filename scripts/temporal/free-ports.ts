import { randomInt } from 'node:crypto'
import { createServer, type Server } from 'node:net'

/** Below the ports from which systems take those of outgoing connections: one that is free stays so until it is used. */
const [FIRST, COUNT] = [20_000, 12_000]

/** Ports of 127.0.0.1 that nothing listens on right now, all different. */
export async function freePorts(count: number): Promise<number[]> {
  const found = new Map<number, Server>()
  while (found.size < count) {
    const port = FIRST + randomInt(COUNT)
    const server = await listen(port).catch(() => undefined)
    if (server !== undefined) found.set(port, server)
  }
  await Promise.all([...found.values()].map(close))
  return [...found.keys()]
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
