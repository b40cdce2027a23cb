import { inject } from 'vitest'
import { type Child, startChild } from './child.js'
import type { KeeperProcessInput } from './keeper-process.js'
import type { Stage } from './stage.js'

/** Starts a keeper worker for a stage's shop and ERP in a process of its own, which may be killed. */
export async function startKeeperChild(stage: Stage): Promise<Child> {
  const client = stage.server.clients[0]
  const input: KeeperProcessInput = {
    address: stage.address,
    taskQueue: stage.taskQueue,
    keyFile: stage.keyFile,
    bundleUrl: inject('bundleUrl'),
    shop: { id: stage.shopId, origin: stage.shop.origin, tokenUrl: `${stage.proxy.origin}/token` },
    erp: { id: stage.erpId, origin: stage.erp.origin },
    client: { clientId: client?.clientId ?? '', clientSecret: client?.clientSecret ?? '' },
  }
  return await startChild('./keeper-process.ts', [], {
    PATH: process.env['PATH'] ?? '',
    KEEPER_INPUT: JSON.stringify(input),
  })
}
