import { Connection } from '@temporalio/client'
import { KEEPER_TASK_QUEUE } from '../contract/keeper-task-queue.js'
import type { HostPort } from '../contract/worker-health.js'
import { checkWorker } from './check-worker.js'
import { type OutputOptions, show } from './frame/output.js'
import { taskQueueOf, type TemporalOptions } from './temporal/temporal-options.js'
import { temporalTarget } from './temporal/temporal-target.js'
import { EXIT } from './frame/exit-codes.js'

export interface DoctorWorkerOptions extends TemporalOptions, OutputOptions {
  readonly health?: HostPort | undefined
  readonly workerIdentity?: string | undefined
}

/** `tokenkeeper doctor --worker`: the health check of a container. Exit code 1 unless the worker is alive. */
export async function doctorWorker(options: DoctorWorkerOptions): Promise<void> {
  const { address, connectionOptions, namespace } = temporalTarget(options)
  const connection = await Connection.connect({
    ...connectionOptions,
    connectTimeout: '3s',
  }).catch(() => undefined)
  try {
    const { health, workerIdentity: identity } = options
    const taskQueue = taskQueueOf(options) ?? KEEPER_TASK_QUEUE
    const verdict = await checkWorker(
      { taskQueue, namespace, address, health, identity, connection },
      Date.now(),
    )
    show(options, { value: verdict, lines: () => [verdict.message] })
    if (verdict.outcome !== 'alive') process.exitCode = EXIT.person
  } finally {
    await connection?.close()
  }
}
