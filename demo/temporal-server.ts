import { createServer, type AddressInfo } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { Connection } from '@temporalio/client'
import type { Child, ChildProcesses } from './child-processes.js'

export interface TemporalServer {
  readonly address: string
  readonly webUi: string
  readonly connection: Connection
}

const START_LIMIT_MS = 20_000

/** Starts the Temporal dev server with its Web UI on free ports and waits until it answers. */
export async function startTemporalServer(
  children: ChildProcesses,
  executable: string,
): Promise<TemporalServer> {
  const [port, uiPort] = await freePorts(2)
  const child = children.start(
    'Temporal dev server',
    executable,
    [
      ...['server', 'start-dev', '--ip', '127.0.0.1', '--ui-ip', '127.0.0.1'],
      ...['--port', String(port), '--ui-port', String(uiPort), '--log-level', 'error'],
      ...['--dynamic-config-value', 'frontend.enableServerVersionCheck=false'],
    ],
    process.env,
  )
  const address = `127.0.0.1:${String(port)}`
  return {
    address,
    webUi: `http://127.0.0.1:${String(uiPort)}`,
    connection: await connect(address, child),
  }
}

async function connect(address: string, child: Child): Promise<Connection> {
  const endsAtMs = Date.now() + START_LIMIT_MS
  const state = { ended: false }
  void child.ended.then(() => (state.ended = true))
  for (;;) {
    try {
      const connection = await Connection.connect({ address, connectTimeout: 1000 })
      await connection.workflowService.describeNamespace({ namespace: 'default' })
      return connection
    } catch {
      if (state.ended || Date.now() > endsAtMs)
        throw new Error(`the Temporal dev server does not answer:\n${child.lastWords()}`)
      await sleep(100)
    }
  }
}

async function freePorts(count: number): Promise<number[]> {
  const servers = await Promise.all(
    Array.from({ length: count }, async () => {
      const server = createServer()
      await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
      return server
    }),
  )
  const ports = servers.map((server) => (server.address() as AddressInfo).port)
  await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))))
  return ports
}
