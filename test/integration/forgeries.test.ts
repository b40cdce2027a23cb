import { defineSearchAttributeKey, SearchAttributeType } from '@temporalio/common'
import remarkGfm from 'remark-gfm'
import remarkParse from 'remark-parse'
import { unified } from 'unified'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { tokenWorkflowId } from '../../src/contract/connection-ref.js'
import { createSealer } from '../../src/sealing/sealer.js'
import { startCli } from '../cli/cli-process.js'
import { type Stage, startStage } from './stage.js'
import { until } from './until.js'

let stage: Stage
beforeAll(async () => {
  stage = await startStage({ maxLeaseAgeMs: 5000 })
  await stage.connectErp()
})
afterAll(() => stage.end())

const tokenWorkflow = () =>
  stage.client.workflow.getHandle(tokenWorkflowId({ connector: stage.erpId, account: 'default' }))

/** A flow worker of an attacker: its flow keeps its lease and hands it in with changes. */
async function startAttacker(name: string) {
  const flow = await stage.client.workflow.start('keepLease', {
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
  let tries = 0
  return {
    attempt: async (change: object): Promise<string | undefined> => {
      tries += 1
      await flow.signal('try', change)
      const results = () => flow.query<readonly string[]>('results')
      return (await until(results, (all) => all.length === tries)).at(-1)
    },
    end: async () => {
      await flow.signal('end')
      await flow.result()
    },
  }
}

const used = () => stage.erp.acceptedWith(stage.erpKey)

describe('what is forged', () => {
  it('a token that anybody sealed with the public key reaches no upstream', async () => {
    const attacker = await startAttacker('forger')
    expect(await attacker.attempt({})).toBe('done')
    const connection = `${stage.erpId}/default`
    const before = used()
    const sealed = await createSealer(stage.publicKey).seal('{"apiKey":"mine"}', {
      connection,
      purpose: 'token',
    })
    for (const change of [
      { sealed },
      { sealed, generation: 7 },
      { generation: 7 },
      { firstExecutionRunId: 'x' },
    ])
      expect(await attacker.attempt(change)).not.toBe('done')
    expect(used()).toBe(before)
    await attacker.end()
  })

  it('a lease whose end was changed is over when the token workflow says so', async () => {
    const attacker = await startAttacker('keeper')
    expect(await attacker.attempt({ expiresAtMs: Date.now() + 3e11 })).toBe('done')
    await stage.keeper.revoke(stage.erpId)
    const before = used()
    expect(await attacker.attempt({ expiresAtMs: Date.now() + 3e11 })).toBe('ConnectionRevoked')
    expect(await attacker.attempt({ expiresAtMs: Date.now() + 1e9, generation: 99 })).toBe(
      'ConnectionRevoked',
    )
    expect(used()).toBe(before)
    await attacker.end()
    await stage.connectErp()
  })
})

describe('what is shown', () => {
  it('no signal name becomes a link in the Web UI', async () => {
    const name = '[Session expired: sign in again](https://evil.example/login)'
    for (const signal of [name, '# https://evil.example', 'www.evil.example <img src=x>'])
      await tokenWorkflow().signal(signal)
    const story = () => stage.keeper.story(stage.erpId)
    await until(story, (events) => events.some(({ cause }) => cause?.includes('img') === true))
    const { currentDetails } = await tokenWorkflow().query<{ currentDetails: string }>(
      '__temporal_workflow_metadata',
    )
    const reader = unified().use(remarkParse).use(remarkGfm)
    const shown = JSON.stringify(reader.runSync(reader.parse(currentDetails)))
    expect(shown).toMatch(/Session.expired/)
    expect(shown).not.toMatch(/"type":"(?:link|image|html|linkReference|definition|table)"/)
    expect(shown.match(/"type":"heading"/g)).toHaveLength(1)
  })

  it('no search attribute reaches a terminal as it is', async () => {
    const status = defineSearchAttributeKey('TokenkeeperStatus', SearchAttributeType.KEYWORD)
    const evil = await stage.client.workflow.start('tokenWorkflow', {
      workflowId: tokenWorkflowId({ connector: stage.erpId, account: 'evil' }),
      taskQueue: stage.taskQueue,
      args: [{ connection: `${stage.erpId}/evil` }],
      startDelay: '1 day',
      typedSearchAttributes: [{ key: status, value: '\u001b]0;owned\u0007\u009b31m\u202e' }],
    })
    const list = async (...more: readonly string[]) =>
      await startCli([
        'status',
        '--address',
        stage.address,
        '--task-queue',
        stage.taskQueue,
        ...more,
      ]).ended
    for (const json of [[], ['-o', 'jsonl']]) {
      const { stdout } = await until(
        () => list(...json),
        (listed) => listed.stdout.includes('evil'),
      )
      // What is no status of ours is not shown at all.
      expect(stdout).toMatch(/evil.*unknown/s)
      expect(stdout).not.toContain('owned')
      expect(stdout).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202a-\u202e]/)
    }
    await evil.terminate()
  })
})
