import { DefaultLogger, NativeConnection, Runtime, type Worker } from '@temporalio/worker'

/**
 * Runs a worker in a process that the demo started: tells it when the worker is ready, and ends with
 * it, however the demo ends.
 */
export async function runWorkerProcess(
  createWorker: (connection: NativeConnection) => Promise<Worker>,
): Promise<void> {
  process.once('disconnect', () => process.exit(0))
  Runtime.install({ logger: new DefaultLogger('WARN') })
  const connection = await NativeConnection.connect({ address: needEnv('DEMO_TEMPORAL_ADDRESS') })
  const worker = await createWorker(connection)
  const running = worker.run()
  process.send?.('ready')
  await running
  await connection.close()
  // The channel to the demo would keep the process alive.
  process.disconnect()
}

/** A variable that the demo sets. */
export function needEnv(name: string): string {
  const value = process.env[name]
  if (value === undefined) throw new Error(`${name} is not set: start this with npm run demo`)
  return value
}
