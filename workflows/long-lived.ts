import { CancellationScope } from '@temporalio/workflow'

/**
 * Runs a workflow that lives for months and ends only by what it decides itself. "Request Cancellation"
 * is the first button of every workflow's page in the Web UI: it changes nothing here, and is told.
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
