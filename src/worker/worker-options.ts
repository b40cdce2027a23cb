import type { Worker, WorkerOptions } from '@temporalio/worker'

/** The name under which a keeper worker shows among its plugins. */
export const KEEPER_PLUGIN = 'tokenkeeper.KeeperWorker'

/** Module-wide, for plugins of one process learn so which workers are keepers; a worker is forgotten with itself. */
const keepers = new WeakSet<Worker>()

/** Remembers a worker as a keeper, so that a plugin on its connection starts no keeper beside a keeper. */
export function markKeeper(worker: Worker): void {
  keepers.add(worker)
}

export function isKeeper(worker: Worker): boolean {
  return keepers.has(worker)
}

/**
 * A worker that names a deployment and takes no part in versioning. Our workflows say `AUTO_UPGRADE`
 * where they see a deployment, which the server refuses of such a worker, task for task. What it names
 * has no effect but to be shown, so it is left out.
 */
export function withoutUnusedDeployment<T extends Pick<WorkerOptions, 'workerDeploymentOptions'>>(
  options: T,
): T | Omit<T, 'workerDeploymentOptions'> {
  const { workerDeploymentOptions: deployment, ...rest } = options
  return deployment === undefined || deployment.useWorkerVersioning ? options : rest
}
