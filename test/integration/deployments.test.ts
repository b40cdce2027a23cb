import { afterEach, describe, expect, it } from 'vitest'
import { temporal } from '@temporalio/proto'
import { LIMIT_UPDATES, limitWorkflowId } from '../../src/contract/limit.js'
import {
  WATERMARK_QUERIES,
  WATERMARK_SIGNALS,
  watermarkWorkflowId,
} from '../../src/contract/watermark-messages.js'
import { type Keeper, startKeeper } from '../fixtures/whole-path.js'
import { causesOfFailedTasks } from './failed-tasks.js'
import { type Stage, startStage } from './stage.js'
import { until } from './until.js'

const { VersioningBehavior } = temporal.api.enums.v1
const ORDERS = 300
let stage: Stage
afterEach(() => stage.end())

async function startBuild(buildId: string, behavior: 'PINNED' | 'AUTO_UPGRADE'): Promise<Keeper> {
  return await startKeeper(stage.address, {
    keyFiles: [stage.keyFile],
    taskQueue: stage.taskQueue,
    connectors: stage.connectors,
    workflowBundle: stage.bundle,
    workerDeploymentOptions: {
      version: { deploymentName: stage.run, buildId },
      useWorkerVersioning: true,
      defaultVersioningBehavior: behavior,
    },
  })
}

/** The server knows a build when its worker has polled. */
async function makeCurrent(buildId: string): Promise<void> {
  await until(
    () =>
      stage.client.workflowService
        .setWorkerDeploymentCurrentVersion({
          namespace: 'default',
          deploymentName: stage.run,
          buildId,
        })
        .then(
          () => 'set',
          (error: unknown) => String(error),
        ),
    (answer) => answer === 'set',
  )
}

async function versioningOf(workflowId: string) {
  const { workflowExecutionInfo } = await stage.client.workflowService.describeWorkflowExecution({
    namespace: 'default',
    execution: { workflowId },
  })
  const { behavior, deploymentVersion } = workflowExecutionInfo?.versioningInfo ?? {}
  return { behavior, build: deploymentVersion?.buildId }
}

describe('a keeper of a deployment, when another build becomes current and the first one is stopped', () => {
  it.each(['PINNED', 'AUTO_UPGRADE'] as const)(
    'with %s: connections, limits, watermarks and a sync in the middle go on with the second build',
    async (behavior) => {
      let goOn: (value?: unknown) => void = () => undefined
      // The second page waits until the second build is there: so the sync is in its middle, however slow that is.
      const isThere = new Promise((resolve) => {
        goOn = resolve
      })
      stage = await startStage({
        orders: { a: ORDERS, b: 20 },
        beforePage: async () => (stage.shop.counters.pages > 0 ? await isThere : undefined),
      })
      await stage.worker.stop()
      stage.worker = await startBuild('one', behavior)
      await makeCurrent('one')
      await stage.connectShop()
      await stage.connectErp()
      const { client, keeper, shopId, run, taskQueue } = stage
      const tokenId = `token:${shopId}:acme`
      const [limitId, watermarkId] = [
        limitWorkflowId({ connector: shopId, account: 'acme' }),
        watermarkWorkflowId(run),
      ]
      const ask = { holder: 'w', want: 1, intervalMs: 1000, burst: 5 }
      const limit = await client.workflow.start('limitWorkflow', {
        taskQueue,
        workflowId: limitId,
        args: [{ connection: `${shopId}/acme` }],
      })
      await limit.executeUpdate(LIMIT_UPDATES.slots, { args: [ask] as [unknown] })
      const watermark = await client.workflow.start('watermarkWorkflow', {
        taskQueue,
        workflowId: watermarkId,
        args: [{}],
      })
      await watermark.signal(WATERMARK_SIGNALS.move, { watermark: 7, by: 'sync' })
      expect(await watermark.query(WATERMARK_QUERIES.watermark)).toBe(7)
      const sync = await stage.sync('a')
      await until(
        () => stage.shop.counters.pages,
        (pages) => pages > 0,
      )

      const one = stage.worker
      stage.worker = await startBuild('two', behavior)
      await makeCurrent('two')
      const stopped = one.stop()
      goOn()
      await stopped

      await keeper.refresh(shopId, 'acme')
      await until(
        () => keeper.status(shopId, 'acme'),
        ({ status, generation }) => status === 'active' && generation > 1,
      )
      expect(await sync.result()).toMatchObject({ read: ORDERS, written: ORDERS })
      expect(await (await stage.sync('b')).result()).toMatchObject({ written: 20 })
      expect(stage.erp.missing(stage.shop.orderIds())).toEqual([])
      expect(stage.erp.counters.appliedTwice).toBe(0)
      await limit.executeUpdate(LIMIT_UPDATES.slots, { args: [ask] as [unknown] })
      await watermark.signal(WATERMARK_SIGNALS.move, { watermark: 8, by: 'sync' })
      expect(await watermark.query(WATERMARK_QUERIES.watermark)).toBe(8)
      const follows = VersioningBehavior.VERSIONING_BEHAVIOR_AUTO_UPGRADE
      for (const workflowId of [tokenId, limitId, watermarkId, sync.workflowId]) {
        expect(await versioningOf(workflowId), workflowId).toEqual({
          behavior: follows,
          build: 'two',
        })
        expect(await causesOfFailedTasks(client, workflowId), workflowId).toEqual([])
      }
    },
    120_000,
  )
})
