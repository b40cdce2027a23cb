import type { Command } from 'commander'
import { addSyncCancel, addSyncPause, addSyncResume } from './sync-control.js'
import { addSyncList } from './sync-list.js'
import { addSyncStart } from './sync-start.js'

/** `tokenkeeper sync`: what is done with syncs. */
export function addSync(program: Command): void {
  const sync = program
    .command('sync')
    .description('start, list, pause, resume and cancel syncs')
    .helpCommand(false)
  for (const add of [addSyncStart, addSyncList, addSyncPause, addSyncResume, addSyncCancel])
    add(sync)
}
