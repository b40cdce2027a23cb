import { Connection } from '@temporalio/client'
import { KEEPER_TASK_QUEUE } from '../contract/token-activities.js'
import type { HostPort } from '../contract/worker-health.js'
import { checkWorker } from './check-worker.js'
import { printJson, printLines } from './print.js'
import type { TemporalOptions } from './temporal-options.js'
import { temporalTarget } from './temporal-target.js'
import { EXIT } from './usage-error.js'

export interface DoctorWorkerOptions extends Partial<TemporalOptions> {
  readonly health?: HostPort | undefined
  readonly identity?: string | undefined
  readonly json?: true | undefined
}

/** `tokenkeeper doctor --worker`: the health check of a container. Exit code 1 unless the worker is alive. */
export async function doctorWorker(options: DoctorWorkerOptions): Promise<void> {
  const { address, connectionOptions, namespace } = temporalTarget(options)
  const connection = await Connection.connect({
    ...connectionOptions,
    connectTimeout: '3s',
  }).catch(() => undefined)
  try {
    const { taskQueue = KEEPER_TASK_QUEUE, health, identity } = options
    const verdict = await checkWorker(
      { taskQueue, namespace, address, health, identity, connection },
      Date.now(),
    )
    if (options.json === true) printJson(verdict)
    else printLines(verdict.message)
    if (verdict.outcome !== 'alive') process.exitCode = EXIT.failed
  } finally {
    await connection?.close()
  }
}
