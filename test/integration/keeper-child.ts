import { inject } from 'vitest'
import { type Child, startChild } from './child.js'
import type { KeeperProcessInput } from './keeper-process.js'
import type { Stage } from './stage.js'

/**
 * Starts a keeper worker for a stage's shop and ERP in a process of its own, which may be killed.
 * @param shiftMs how far its clock is ahead
 */
export async function startKeeperChild(stage: Stage, shiftMs = 0): Promise<Child> {
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
    ...(shiftMs === 0 ? {} : shiftedClock(shiftMs)),
  })
}

function shiftedClock(shiftMs: number): Readonly<Record<string, string>> {
  const preload = new URL('./shifted-clock.mjs', import.meta.url).href
  return { SHIFT_MS: String(shiftMs), NODE_OPTIONS: `--import ${preload}` }
}
