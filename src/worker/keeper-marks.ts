import type { Worker } from '@temporalio/worker'

/** The name under which a keeper worker shows among its plugins. */
export const KEEPER_PLUGIN = 'tokenkeeper.KeeperWorker'

const keepers = new WeakSet<Worker>()

/** Remembers a worker as a keeper, so that a plugin on its connection starts no keeper beside a keeper. */
export function markKeeper(worker: Worker): void {
  keepers.add(worker)
}

export function isKeeper(worker: Worker): boolean {
  return keepers.has(worker)
}
