import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { clientCredentials, defineConnector, get, secret } from '../../src/connectors/index.js'
import { tokenWorkflowId } from '../../src/contract/connection-ref.js'
import { type LoopbackServer, sendJson, startLoopbackServer } from '../fixtures/loopback-server.js'
import { type Stage, startStage } from './stage.js'
import { until } from './until.js'
import type { CrowdResult } from './workflows.js'

/** Gives tokens of 8 KiB and counts. */
let tokens: LoopbackServer
let issued = 0
let stage: Stage
let id = ''

beforeAll(async () => {
  tokens = await startLoopbackServer((_request, response) => {
    issued += 1
    sendJson(response, 200, {
      access_token: `${String(issued)}-`.padEnd(8192, 'x'),
      token_type: 'bearer',
      expires_in: 3600,
    })
  })
  process.env['TEST_BIG_SECRET'] = 'big-secret'
  stage = await startStage({
    connectors: ({ run }) => [
      defineConnector({
        id: `big-${run}`,
        baseUrl: tokens.origin,
        auth: clientCredentials({
          tokenUrl: `${tokens.origin}/token`,
          clientId: 'big',
          clientSecret: secret('env:TEST_BIG_SECRET'),
        }),
        endpoints: { me: get('/me') },
      }),
    ],
  })
  id = `big-${stage.run}`
})
afterAll(async () => {
  await stage.end()
  await tokens.stop()
}, 180_000)

const crowd = (name: string, account: string, waiters: number, more: object = {}) =>
  stage.client.workflow.start('crowd', {
    taskQueue: stage.taskQueue,
    workflowId: `${name}-${stage.run}`,
    args: [
      {
        connection: `${id}/${account}`,
        tokenWorkflowId: tokenWorkflowId({ connector: id, account }),
        waiters,
        rejecting: 0,
        ...more,
      },
    ],
  })

describe('a thousand waiters', () => {
  it('with an 8 KiB token and 50 rejections of one generation: one token request, all answered, none twice', async () => {
    await stage.keeper.connect(id, 'many', {})
    const before = issued
    const flows = await Promise.all(
      Array.from({ length: 10 }, (_none, index) =>
        crowd(`crowd-${String(index)}`, 'many', 100, { rejected: 1, rejecting: 5 }),
      ),
    )
    const results = (await Promise.all(flows.map((flow) => flow.result()))) as CrowdResult[]
    expect(results.map(({ answers }) => answers)).toEqual(Array(10).fill(100))
    expect(results.every(({ twice }) => twice === 0)).toBe(true)
    expect(issued - before).toBe(1)
    expect((await stage.keeper.status(id, 'many')).generation).toBe(2)
  }, 180_000)

  it('the same across continue-as-new, signals arriving all the time, 20 rounds', async () => {
    const account = 'rounds'
    const workflowId = tokenWorkflowId({ connector: id, account })
    await stage.client.workflow.start('tokenWorkflow', {
      taskQueue: stage.taskQueue,
      workflowId,
      args: [{ connection: `${id}/${account}`, signalsPerRun: 20 }],
    })
    await stage.keeper.connect(id, account, {})
    const before = issued
    const runs = new Set<string>()
    for (let round = 1; round <= 20; round += 1) {
      runs.add((await stage.client.workflow.getHandle(workflowId).describe()).runId)
      // Refusals in a row are looked at after growing pauses; an operator's refresh is made at once.
      const isRefused = round % 5 === 1
      if (!isRefused) await stage.keeper.refresh(id, account)
      const flows = await Promise.all([
        crowd(`round-${String(round)}-a`, account, 12, {
          rejected: round,
          rejecting: isRefused ? 3 : 0,
        }),
        crowd(`round-${String(round)}-b`, account, 12),
      ])
      const results = (await Promise.all(flows.map((flow) => flow.result()))) as CrowdResult[]
      expect(results.map(({ answers, twice }) => [answers, twice])).toEqual([
        [12, 0],
        [12, 0],
      ])
      await until(
        () => stage.keeper.status(id, account),
        ({ generation }) => generation === round + 1,
      )
      expect(issued - before).toBe(round)
    }
    expect(runs.size).toBeGreaterThan(10)
  }, 240_000)
})
