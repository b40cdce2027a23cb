import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Worker } from '@temporalio/worker'
import {
  type HealthBeside,
  type HostPort,
  readHostPort,
  type WorkerHealth,
} from '../contract/worker-health.js'
import { workersBeside } from './workers-beside.js'

export interface HealthServer {
  readonly port: number
  readonly close: () => Promise<void>
}

/**
 * Tells over HTTP whether a Temporal worker works, for `npx tokenkeeper doctor --worker` and for probes: every
 * GET is answered with 200 while it asks for work, else with 503. A process that hangs answers nothing.
 * `npx tokenkeeper worker` does it by itself; this is for flow workers of your own.
 * @param address `8081` for this machine alone, or `0.0.0.0:8081`; default: the variable `TOKENKEEPER_HEALTH`
 * @returns undefined where no address is given
 * @throws TypeError for an address that is none; what `listen` says where the port is taken
 */
export async function serveWorkerHealth(
  worker: Worker,
  address: string | undefined = process.env['TOKENKEEPER_HEALTH'],
): Promise<HealthServer | undefined> {
  if (address === undefined || address === '') return undefined
  const place = readHostPort(address)
  if (place === undefined)
    throw new TypeError('the health address is none: write a port as 8081, or 0.0.0.0:8081')
  const { taskQueue } = worker.options
  const startedAtMs = Date.now()
  return await serveHealth(place, () => healthOf(worker, { taskQueue, startedAtMs }))
}

/** Answers with how the worker is. Nothing of the answer is secret. */
export async function serveHealth(
  { host, port }: HostPort,
  read: () => WorkerHealth,
): Promise<HealthServer> {
  const server = createServer((request, response) => {
    const health = read()
    response.writeHead(health.alive ? 200 : 503, {
      'content-type': 'application/json',
      'cache-control': 'no-store',
    })
    response.end(request.method === 'HEAD' ? undefined : `${JSON.stringify(health)}\n`)
  })
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(port, host, resolve)
  })
  // A worker that has ended lets its process end.
  server.unref()
  return {
    port: (server.address() as AddressInfo).port,
    close: async () => {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

/** How a worker is, as it knows itself. One that is not made yet is starting. */
export function healthOf(
  worker: Worker | undefined,
  told: Pick<WorkerHealth, 'taskQueue' | 'startedAtMs'>,
): WorkerHealth {
  if (worker === undefined) return { ...told, alive: false, state: 'STARTING' }
  const { runState, workflowPollerState, activityPollerState } = worker.getStatus()
  const beside = workersBeside(worker.options)
  return {
    ...told,
    alive: [worker, ...beside].every(worksWell),
    state: runState,
    workflowPollers: workflowPollerState,
    activityPollers: activityPollerState,
    beside: beside.length === 0 ? undefined : beside.map(healthBeside),
    identity: worker.options.identity,
  }
}

function healthBeside(worker: Worker): HealthBeside {
  const { runState, activityPollerState } = worker.getStatus()
  return {
    taskQueue: worker.options.taskQueue,
    state: runState,
    activityPollers: activityPollerState,
  }
}

function worksWell(worker: Worker): boolean {
  const { runState, workflowPollerState, activityPollerState } = worker.getStatus()
  const pollers = [workflowPollerState, activityPollerState]
  // A worker without activities, or without workflows, does not ask for them.
  const asks = pollers.includes('POLLING') && !pollers.includes('FAILED')
  return runState === 'RUNNING' && asks
}
