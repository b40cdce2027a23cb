import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { getRequestListener } from '@hono/node-server'
import { UsageError } from './usage-error.js'

const LOCAL_ADDRESSES = ['127.0.0.1', '::1', 'localhost']

type AnswerRequest = (request: Request) => Response | Promise<Response>

/** A server that has a port. */
export interface WebServer {
  readonly port: number
  /** Until it is called, everything is answered with 503. */
  readonly answerWith: (answer: AnswerRequest) => void
  readonly close: () => void
}

/** @throws UsageError where other machines would be let in without TLS */
export function checkHost({
  host,
  publicUrl,
}: {
  readonly host: string
  readonly publicUrl?: string | undefined
}): void {
  if (!LOCAL_ADDRESSES.includes(host) && publicUrl === undefined)
    throw new UsageError(
      `Listening on ${host} lets other machines in: name the https address that a proxy with TLS gives it, with --public-url https://….`,
    )
}

/** How a program of this machine reaches it. */
export function localUrl(host: string, port: number): string {
  return `http://${host === '::1' ? '[::1]' : host}:${port}`
}

/** @throws UsageError where it can't be listened there */
export async function listen(host: string, port: number): Promise<WebServer> {
  let answer: AnswerRequest = () => new Response(null, { status: 503 })
  const server = createServer((request, response) => {
    void getRequestListener((web) => answer(web))(request, response)
  })
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) =>
      reject(
        new UsageError(
          `${host}:${port} can't be listened on (${error.code ?? 'unknown reason'}): give another --port.`,
        ),
      ),
    )
    server.listen(port, host, resolve)
  })
  return {
    port: (server.address() as AddressInfo).port,
    answerWith: (better) => {
      answer = better
    },
    close: () => {
      server.close()
      server.closeAllConnections()
    },
  }
}

export function untilToldToEnd(): Promise<void> {
  return new Promise((resolve) => {
    process.once('SIGTERM', resolve)
  })
}
