import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { failureCode } from '../../src/contract/failure.js'
import { tokenWorkflowId } from '../../src/contract/connection-ref.js'
import { keepError } from './evidence.js'
import { type Stage, startStage } from './stage.js'
import { until } from './until.js'

let stage: Stage
beforeAll(async () => {
  stage = await startStage({ maxLeaseAgeMs: 1500 })
  await stage.connectErp()
})
afterAll(() => stage.end())

const handle = () =>
  stage.client.workflow.getHandle(tokenWorkflowId({ connector: stage.erpId, account: 'default' }))
const refusals = async () =>
  (await stage.keeper.story(stage.erpId)).filter(({ event }) => event === 'message_refused')

function caller(name: string) {
  return stage.client.workflow.start('callOnSignal', {
    taskQueue: stage.taskQueue,
    workflowId: `${name}-${stage.run}`,
    args: [
      {
        connector: stage.erpId,
        account: 'default',
        taskQueue: stage.taskQueue,
        endpoint: 'me',
      },
    ],
  })
}

describe('whatever is sent to a token workflow', () => {
  it('changes nothing where it does not read well, is in the life story, and the next good one works', async () => {
    const before = await stage.keeper.status(stage.erpId)
    const sent: readonly [string, ...unknown[]][] = [
      ['tokenkeeper.rotate'],
      ['tokenkeeper.rotate', 'a plain text'],
      ['tokenkeeper.rotate', { reference: 'env:HOME' }],
      ['tokenkeeper.rotate', { reference: 'file:/run/secrets/../../etc/passwd' }],
      ['tokenkeeper.rotate', { sealed: 'tk1.nonsense' }],
      ['tokenkeeper.rotate', [1, 2]],
      ['tokenkeeper.pause', 'now'],
      ['tokenkeeper.rotaet', { reference: 'env:TOKENKEEPER_SECRET_X' }],
      ['tokenkeeper.lease', { requestId: 7 }],
      ['tokenkeeper.lease'],
    ]
    for (const [name, ...args] of sent) await handle().signal(name, ...args)
    await until(
      async () =>
        (await stage.keeper.story(stage.erpId))
          .filter(({ event }) => ['message_refused', 'rotation_refused'].includes(event))
          // The same refusal is told once, and counted.
          .reduce((count, { times = 1 }) => count + times, 0),
      (count) => count === sent.length,
    )
    const story = await stage.keeper.story(stage.erpId)
    const reasons = story.map(({ cause }) => cause ?? '').join('\n')
    expect(reasons).toContain('no such signal')
    expect(reasons).toContain('allow-list')
    expect(reasons).toContain('no argument')
    const after = await stage.keeper.status(stage.erpId)
    expect(after).toMatchObject({ status: before.status, generation: before.generation })
    const otherKey = `canary-other-${stage.run}`
    stage.canaries.push(['other erp key', otherKey])
    stage.erp.addKey(otherKey)
    for (const [index, key] of [otherKey, stage.erpKey].entries()) {
      const reference = `env:TOKENKEEPER_SECRET_ERP_${String(index)}`
      process.env[reference.slice(4)] = key
      await handle().signal('tokenkeeper.rotate', { reference })
      await until(
        () => stage.keeper.status(stage.erpId),
        ({ generation }) => generation === before.generation + 1 + index,
      )
    }
  })

  it('is survived also where the payload can not be decoded', async () => {
    const { connection } = stage.client
    const known = (await refusals()).length
    await connection.workflowService.signalWorkflowExecution({
      namespace: 'default',
      workflowExecution: { workflowId: handle().workflowId },
      signalName: 'tokenkeeper.rotate',
      input: {
        payloads: [
          {
            metadata: { encoding: Buffer.from('binary/encrypted') },
            data: Buffer.from('nobody can read this'),
          },
        ],
      },
    })
    await until(refusals, (events) => events.length === known + 1)
    expect((await refusals()).at(-1)?.cause).toContain('could not be decoded')
  })

  it('refuses a new key that the verify endpoint refuses, and keeps the old one', async () => {
    const { generation } = await stage.keeper.status(stage.erpId)
    const refused = await stage.keeper
      .rotate(stage.erpId, 'default', { apiKey: 'not-a-key' })
      .catch(keepError)
    expect(String(refused)).toContain('refused')
    expect((await stage.keeper.status(stage.erpId)).generation).toBe(generation)
  })
})

describe('a running flow with a static key', () => {
  it('notices a pause within the longest lease age, and goes on when it is resumed', async () => {
    const calls = stage.erp.acceptedWith(stage.erpKey)
    const flow = await caller('pausing')
    await flow.signal('call')
    await until(
      () => Promise.resolve(stage.erp.acceptedWith(stage.erpKey)),
      (count) => count > calls,
    )
    await stage.keeper.pause(stage.erpId)
    await until(
      async () => {
        await flow.signal('call')
        return (await stage.keeper.status(stage.erpId)).waiting
      },
      (waiting) => waiting === 1,
    )
    await until(
      async () => JSON.stringify(await flow.query<unknown>('__temporal_workflow_metadata')),
      (details) => details.includes('is paused'),
    )
    expect((await stage.keeper.status(stage.erpId)).waitingFlows).toEqual([flow.workflowId])
    await stage.keeper.resume(stage.erpId)
    await until(
      async () => (await stage.keeper.status(stage.erpId)).waiting,
      (waiting) => waiting === 0,
    )
    await flow.signal('end')
    await flow.result()
  })

  it('is cancelled while it waits: ends as cancelled and leaves no waiter', async () => {
    await stage.keeper.pause(stage.erpId)
    const flow = await stage.client.workflow.start('leaseOnce', {
      taskQueue: stage.taskQueue,
      workflowId: `cancelled-${stage.run}`,
      args: [{ connector: stage.erpId, account: 'default', taskQueue: stage.taskQueue }],
    })
    const waiting = async () => (await stage.keeper.status(stage.erpId)).waitingFlows
    await until(waiting, (flows) => flows.includes(flow.workflowId))
    await flow.cancel()
    await flow.result().catch(keepError)
    expect((await flow.describe()).status.name).toBe('CANCELLED')
    await until(waiting, (flows) => flows.length === 0)
    await stage.keeper.resume(stage.erpId)
  })

  it('fails after maxWait with what it waited for', async () => {
    await stage.keeper.pause(stage.erpId)
    const failed: unknown = await stage.client.workflow
      .execute('leaseOnce', {
        taskQueue: stage.taskQueue,
        workflowId: `max-wait-${stage.run}`,
        args: [
          {
            connector: stage.erpId,
            account: 'default',
            taskQueue: stage.taskQueue,
            // Long enough that the connection has said why by then.
            maxWait: '4s',
          },
        ],
      })
      .catch(keepError)
    expect(failureCode(failed)).toBe('ConnectionNotUsable')
    expect((failed as Error & { cause: Error }).cause.message).toContain('is paused')
    await stage.keeper.resume(stage.erpId)
  })

  it('is denied after a revoke, within the longest lease age', async () => {
    const calls = stage.erp.acceptedWith(stage.erpKey)
    const flow = await caller('revoked')
    await flow.signal('call')
    await until(
      () => Promise.resolve(stage.erp.acceptedWith(stage.erpKey)),
      (count) => count > calls,
    )
    await stage.keeper.revoke(stage.erpId)
    let ended = false
    const result = flow.result().catch((error: unknown) => {
      ended = true
      return keepError(error)
    })
    await until(
      async () => {
        if (!ended) await flow.signal('call').catch(() => undefined)
        return ended
      },
      (done) => done,
    )
    expect(failureCode(await result)).toBe('ConnectionRevoked')
    await stage.connectErp()
    expect((await stage.keeper.status(stage.erpId)).status).toBe('active')
  })
})
