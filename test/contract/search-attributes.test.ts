import { expect, it } from 'vitest'
import {
  type GivenAttributes,
  startWithAttributes,
  syncAttributes,
} from '../../src/contract/search-attributes.js'
import { tokenAttributes } from '../../src/contract/token-workflow-start.js'

const REF = { connector: 'shop', account: 'acme' }
const GIVEN = tokenAttributes(REF)

function byName(attributes: GivenAttributes): Readonly<Record<string, unknown>> {
  return Object.fromEntries(attributes.map(({ key, value }) => [key.name, value]))
}

it('a connection is found from its start on, also by what its application says of it', () => {
  const pending = { TokenkeeperConnector: 'shop', TokenkeeperStatus: 'pending' }
  expect(byName(GIVEN)).toEqual(pending)
  expect(byName(tokenAttributes(REF, { tags: ['team:a'], owner: 'anna' }))).toEqual({
    ...pending,
    TokenkeeperTags: ['team:a', 'owner=anna'],
  })
})

it('a sync is found by its connector, and a replay by its run, where that fits', () => {
  const from = { connection: 'shop/acme', endpoint: 'orders' }
  const replayOf = { workflowId: 'sync', runId: 'run' }
  expect(byName(syncAttributes({ from, replayOf }))).toEqual({
    TokenkeeperConnector: 'shop',
    TokenkeeperReplayOf: 'sync/run',
  })
  const long = { ...replayOf, workflowId: 's'.repeat(255) }
  expect(byName(syncAttributes({ from, replayOf: long }))).toEqual({ TokenkeeperConnector: 'shop' })
  expect(syncAttributes({ from: { ...from, connection: 'No Name' } })).toEqual([])
})

it.each([
  ['a namespace that has them', [], [2]],
  ['one that lacks some, or may not take them', [3], [2, 0]],
  ['a failure of another kind, as it is', [14], [2]],
  ['an input that is wrong in any case, as it is', [3, 3], [2, 0]],
])('starts with search attributes: %s', async (_what, codes, tries) => {
  const left = [...codes]
  const tried: number[] = []
  const started = startWithAttributes(GIVEN, (attributes) => {
    tried.push(attributes.length)
    const code = left.shift()
    // As the Temporal client wraps what gRPC throws.
    const cause = Object.assign(new Error('refused'), { code })
    return code === undefined ? Promise.resolve('run') : Promise.reject(new Error('no', { cause }))
  })
  const fails = codes.length === tries.length
  if (fails) await expect(started).rejects.toThrow('no')
  else expect(await started).toBe('run')
  expect(tried).toEqual(tries)
})
