import { CancellationScope, setWorkflowOptions, workflowInfo } from '@temporalio/workflow'

/**
 * Runs a workflow that lives for months and ends only by what it decides itself. "Request Cancellation"
 * is the first button of every workflow's page in the Web UI: it changes nothing here, and is recorded.
 * Handlers that wait have to be run by it as well: Temporal starts them outside of the workflow's scope.
 */
export async function uncancelled<T>(
  run: () => Promise<T>,
  onCancellation?: () => void,
): Promise<T> {
  if (onCancellation !== undefined)
    void CancellationScope.current().cancelRequested.catch(onCancellation)
  return await CancellationScope.nonCancellable(run)
}

/**
 * Lets a workflow go on with whatever build is current: it outlives every build, and must not stay with
 * one that is gone. Only a worker that takes part in a deployment may say so: the server refuses the
 * workflow tasks of any other that does.
 */
export function followDeployments(workflow: (input: never) => Promise<unknown>): void {
  setWorkflowOptions(() => (isDeployed() ? { versioningBehavior: 'AUTO_UPGRADE' } : {}), workflow)
}

function isDeployed(): boolean {
  return (workflowInfo().currentDeploymentVersion?.deploymentName ?? '') !== ''
}

/**
 * Tells whether the workers have become part of a deployment since the run began: only the next run can
 * say that it follows it, until then what the worker's default is holds.
 */
export function joinedDeployment(): () => boolean {
  const wasDeployed = isDeployed()
  return () => !wasDeployed && isDeployed()
}

/** For current details: what an operator should know before a click. */
export const NO_CANCELLATION =
  'Request Cancellation was asked for and changes nothing here: this workflow ends by itself only.'
