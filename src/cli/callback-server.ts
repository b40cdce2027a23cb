import { getRequestListener } from '@hono/node-server'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { UsageError } from './frame/usage-error.js'

/** A server on loopback that takes one browser back. */
export interface CallbackServer {
  readonly port: number
  /** Ends it when the answers under way are sent. */
  readonly close: () => Promise<void>
}

type CallbackAnswer = (request: Request) => Response | Promise<Response>

/**
 * Listens on loopback only (RFC 8252 section 7.3). A request under a foreign name is refused: a web
 * page may point its own name at this machine.
 * @param hosts what the `Host` header may be, `:port` included
 * @throws UsageError where the port is taken
 */
export async function listenForCallback(
  options: { readonly hostname: '127.0.0.1' | '::1'; readonly port: number },
  answer: CallbackAnswer,
  hosts: (port: number) => readonly string[],
): Promise<CallbackServer> {
  const guarded: CallbackAnswer = async (request) => {
    if (!hosts(boundPort()).includes(request.headers.get('host') ?? ''))
      return new Response(null, { status: 421, headers: { connection: 'close' } })
    const response = await answer(request)
    // The command ends after one answer; a connection kept open would hold it.
    response.headers.set('connection', 'close')
    return response
  }
  const server = createServer((request, response) => {
    void getRequestListener(guarded)(request, response)
  })
  const boundPort = (): number => (server.address() as AddressInfo).port
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) =>
      reject(
        new UsageError(
          `Port ${options.port} can't be listened on (${error.code ?? 'unknown reason'}): give another --port, as registered with the provider.`,
        ),
      ),
    )
    server.listen(options.port, options.hostname, resolve)
  })
  return {
    port: boundPort(),
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeIdleConnections()
        setTimeout(() => server.closeAllConnections(), 2000).unref()
      }),
  }
}
