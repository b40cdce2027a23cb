import type { WorkerOptions } from '@temporalio/worker'

/** The name under which a keeper worker shows among its plugins. */
export const KEEPER_PLUGIN = 'tokenkeeper.KeeperWorker'

/** Whether a worker of these options is a keeper: a plugin on its connection starts no keeper beside it. */
export function isKeeper({ plugins = [] }: Pick<WorkerOptions, 'plugins'>): boolean {
  return plugins.some(({ name }) => name === KEEPER_PLUGIN)
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
