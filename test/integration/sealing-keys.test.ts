import { afterAll, beforeAll, expect, it } from 'vitest'
import { SYNC_QUERIES, type SyncProgressReport } from '../../src/contract/sync.js'
import { startCli } from '../cli/cli-process.js'
import { makeKey } from '../fixtures/whole-path.js'
import { type Stage, startStage } from './stage.js'
import { until } from './until.js'

let stage: Stage
let next: { file: string; publicKey: string }

beforeAll(async () => {
  stage = await startStage({ orders: { a: 40 } })
  next = await makeKey()
})
afterAll(() => stage.end())

/** The keeper is started anew with other keys. */
async function restart(...keyFiles: readonly string[]): Promise<void> {
  await stage.worker.stop()
  stage.worker = await stage.startKeeper(stage.connectors, keyFiles)
}

async function tokenkeeper(...args: readonly string[]) {
  const env = { TEMPORAL_ADDRESS: stage.address, TOKENKEEPER_PUBLIC_KEY: stage.publicKey }
  return await startCli([...args, '--task-queue', stage.taskQueue], { env }).ended
}

it('a sealing key that is removed too early is told, parks flows, and heals when it is back', async () => {
  await stage.connectShop()
  await stage.connectErp()
  const [shop, erp] = [
    [stage.shopId, 'acme'],
    [stage.erpId, 'default'],
  ] as const
  const [keyId = ''] = (await stage.keeper.status(...shop)).keyIds ?? []
  expect(keyId).toMatch(/^[0-9a-f]{16}$/)
  const caller = await stage.client.workflow.start('callOnSignal', {
    taskQueue: stage.taskQueue,
    workflowId: `caller-${stage.run}`,
    args: [
      { connector: stage.erpId, account: 'default', taskQueue: stage.taskQueue, endpoint: 'me' },
    ],
  })
  const calls = stage.erp.acceptedWith(stage.erpKey)
  await caller.signal('call')
  await until(
    () => stage.erp.acceptedWith(stage.erpKey),
    (count) => count > calls,
  )

  await restart(next.file)
  // Told by the worker that starts, before any flow stumbles over it.
  for (const [connector, account] of [shop, erp])
    await until(
      () => stage.keeper.status(connector, account),
      ({ status, failure, keyIds }) =>
        status === 'degraded' && failure?.code === 'KeyMissing' && keyIds?.includes(keyId) === true,
    )
  const sync = await stage.sync('a')
  // The one that holds a lease already, and the one that asks for its first.
  await caller.signal('call')
  const parked = await until(
    () => sync.query<SyncProgressReport>(SYNC_QUERIES.progress),
    ({ state }) => state === 'parked',
  )
  expect(parked.why).toContain(keyId)
  const waiting = await until(
    () => stage.keeper.status(...erp),
    ({ waitingFlows }) => waitingFlows.includes(caller.workflowId),
  )
  expect(waiting.failure).toMatchObject({ code: 'KeyMissing' })
  expect(waiting.failure?.message).toContain(keyId)

  const one = await tokenkeeper('status', stage.erpId)
  expect(one.stdout).toMatch(new RegExp(`^sealed with +${keyId}$`, 'm'))
  expect(one.stdout.replace(/\s+/g, ' ')).toMatch(new RegExp(`why .*needs key ${keyId}`))
  expect(one.code).toBe(1)
  const list = await until(
    () => tokenkeeper('status'),
    ({ stdout }) => stdout.includes(`${stage.shopId}/acme`) && stdout.includes('KeyMissing'),
  )
  expect(list.stdout).toMatch(new RegExp(`^${stage.shopId}/acme +degraded `, 'm'))
  expect(list.stdout).toMatch(new RegExp(`^keys in use: .*${keyId}`, 'm'))
  expect(list.stdout).toContain('KeyMissing')
  expect(list.code).toBe(1)

  await restart(stage.keyFile, next.file)
  const result = await sync.result()
  expect(result).toMatchObject({ read: 40, written: 40 })
  await until(
    () => stage.keeper.status(...erp),
    ({ status, failure, waiting: flows }) =>
      status === 'active' && failure === undefined && flows === 0,
  )
  await caller.signal('end')
  expect(await caller.result()).toBe(2)
  expect((await tokenkeeper('status', stage.erpId)).code).toBe(0)

  // Sealed anew with the newest key, nothing needs the older one any more.
  const nextId = next.publicKey.split('.')[1]
  for (const [connector, account] of [shop, erp])
    expect(await stage.keeper.reseal(connector, account)).toMatchObject({ keyIds: [nextId] })
  await restart(next.file, stage.keyFile)
  for (const [connector, account] of [shop, erp]) {
    const { generation } = await stage.keeper.status(connector, account)
    const resealed = await stage.keeper.reseal(connector, account)
    expect(resealed).toMatchObject({ keyIds: [keyId], generation, status: 'active' })
    const story = await stage.keeper.story(connector, account)
    expect(story.findLast(({ event }) => event === 'resealed')).toMatchObject({
      event: 'resealed',
      by: { via: 'client' },
    })
  }
  await restart(stage.keyFile)
  expect(await stage.keeper.verify(...erp)).toMatchObject({ verified: { outcome: 'accepted' } })
  const { generation } = await stage.keeper.status(...shop)
  expect(await stage.keeper.refresh(...shop)).toMatchObject({
    status: 'active',
    generation: generation + 1,
  })
})
