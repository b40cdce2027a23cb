import { afterAll, beforeAll, expect, it } from 'vitest'
import type { Client } from '@temporalio/client'
import type { ListOptions } from '../../src/client/list-connections.js'
import type { ListedConnection } from '../../src/client/list-filter.js'
import { TokenkeeperClient } from '../../src/client/tokenkeeper-client.js'
import { TokenkeeperError } from '../../src/client/errors/tokenkeeper-error.js'
import { tokenWorkflowId } from '../../src/contract/connection-ref.js'
import { TOKEN_SIGNALS } from '../../src/contract/messages.js'
import { type Stage, startStage } from './stage.js'
import { until } from './until.js'

let stage: Stage
beforeAll(async () => {
  stage = await startStage()
})
afterAll(() => stage.end())

async function listed(options: ListOptions, keeper = stage.keeper): Promise<ListedConnection[]> {
  const all: ListedConnection[] = []
  for await (const one of keeper.list(options)) all.push(one)
  return all
}

const accountsOf = (all: readonly ListedConnection[]): string[] =>
  all.map(({ account }) => account).sort()

const storyOf = async (account: string, event: string) =>
  (await stage.keeper.story(stage.erpId, account)).filter((one) => one.event === event)

async function refusal(promise: Promise<unknown>): Promise<TokenkeeperError> {
  const error: unknown = await promise.catch((reason: unknown) => reason)
  expect(error).toBeInstanceOf(TokenkeeperError)
  return error as TokenkeeperError
}

it('a connection is given tags, owner, description and metadata, which stay until they are changed', async () => {
  const { keeper, erpId, erpKey: apiKey } = stage
  const anna = { name: 'anna@example.com', via: 'console' }
  const first = await keeper.connect(
    erpId,
    'one',
    { apiKey },
    {
      tags: ['team:billing', 'customer:4711', 'customer:4711'],
      owner: 'user-42',
      metadata: { plan: 'gold' },
      actor: anna,
    },
  )
  const said = { tags: ['customer:4711', 'team:billing'], owner: 'user-42' }
  expect(first).toMatchObject({ ...said, metadata: { plan: 'gold' }, status: 'active' })
  expect(await storyOf('one', 'connected')).toMatchObject([{ by: anna }])

  // Deploy scripts connect at each start, and may say something else each time.
  const again = await keeper.connect(erpId, 'one', { apiKey }, { description: 'the first' })
  expect(again).toMatchObject({ ...said, description: 'the first', unchanged: true })
  await refusal(keeper.connect(erpId, 'one', { apiKey: 'canary-wrong' }, { tags: ['taken'] }))
  expect(await keeper.status(erpId, 'one')).toMatchObject(said)

  const change = { tags: ['customer:4712'], owner: null }
  const changed = await keeper.update(erpId, 'one', change, { actor: 'ben' })
  expect(changed).toMatchObject({ tags: ['customer:4712'], description: 'the first' })
  expect(changed.owner ?? undefined).toBeUndefined()
  await keeper.update(erpId, 'one', change, { actor: 'ben' })
  const updates = await storyOf('one', 'updated')
  expect(updates.at(-1)).toMatchObject({ cause: 'tags, owner', by: { name: 'ben' } })
  expect(updates.filter(({ by }) => by?.name === 'ben')).toHaveLength(1)

  const error = await refusal(
    keeper.update(erpId, 'one', { metadata: { password: 'canary-secret' } }),
  )
  expect(error.code).toBe('InvalidInput')
  expect(error.message).toContain('put a secret into the credential')
  expect((await refusal(keeper.update(erpId, 'nobody', { owner: 'x' }))).code).toBe('NotConnected')

  // Whoever sends the update by hand meets the same door.
  const byHand = stage.client.workflow
    .getHandle(tokenWorkflowId({ connector: erpId, account: 'one' }))
    .executeUpdate('tokenkeeper.details-update', { args: [{ change: { tags: ['a b'] } }] })
  await expect(byHand).rejects.toMatchObject({
    cause: { message: expect.stringContaining('tag 1') as string },
  })

  // One that does not work yet is found by its tags all the same.
  await refusal(
    keeper.connect(erpId, 'wrong', { apiKey: 'canary-wrong' }, { tags: ['customer:4711'] }),
  )
  expect(await keeper.status(erpId, 'wrong')).toMatchObject({
    status: 'pending',
    tags: ['customer:4711'],
  })
})

it('what an operator does is answered, and tells who it was', async () => {
  const { client, taskQueue, publicKey, erpId, erpKey: apiKey } = stage
  const anna = { name: 'anna@example.com', via: 'cli' }
  const keeper = new TokenkeeperClient({ client, taskQueue, publicKey, actor: anna })
  await keeper.connect(erpId, 'two', { apiKey })
  expect(await keeper.pause(erpId, 'two')).toMatchObject({ status: 'paused', beneath: 'active' })
  expect(await keeper.resume(erpId, 'two')).toMatchObject({ status: 'active' })
  expect(await keeper.verify(erpId, 'two')).toMatchObject({ verified: { outcome: 'accepted' } })
  const handle = client.workflow.getHandle(tokenWorkflowId({ connector: erpId, account: 'two' }))
  await handle.signal(TOKEN_SIGNALS.pause)
  await handle.signal(TOKEN_SIGNALS.resume, { actor: 'ben' })
  await handle.signal(TOKEN_SIGNALS.resume, { actor: { name: '[x](https://evil.example)\n' } })
  const story = await until(
    () => keeper.story(erpId, 'two'),
    (all) => all.some(({ event }) => event === 'message_refused'),
  )
  const acts = story.filter(({ event }) =>
    ['connected', 'paused', 'resumed', 'verified'].includes(event),
  )
  expect(acts.map(({ event, by }) => [event, by])).toEqual([
    ['connected', anna],
    ['paused', anna],
    ['resumed', anna],
    ['verified', anna],
    ['paused', undefined],
    ['resumed', { name: 'ben' }],
  ])
  expect((await refusal(keeper.refresh(erpId, 'two'))).message).toContain('nothing to refresh')

  // One click in the Web UI removes nothing.
  await expect(handle.executeUpdate('tokenkeeper.remove-update')).rejects.toMatchObject({
    cause: { message: expect.stringContaining('no argument') as string },
  })
  const removed = await keeper.remove(erpId, 'two', { actor: 'ben' })
  expect(removed).toMatchObject({ status: 'revoked', removing: true })
  // What the provider said; of a key it can't be told.
  expect(await handle.result()).toEqual({})
  expect((await refusal(keeper.status(erpId, 'two'))).code).toBe('NotConnected')
  // The name is free again.
  expect(await keeper.connect(erpId, 'two', { apiKey })).toMatchObject({ status: 'active' })
})

it('refreshing answers with what the provider said', async () => {
  const { keeper, shopId } = stage
  await stage.connectShop()
  expect(await keeper.refresh(shopId, 'acme')).toMatchObject({ status: 'active', generation: 2 })
})

it('lists by what visibility knows, without a query each, and more slowly without search attributes', async () => {
  const { keeper, client, taskQueue, erpId, erpKey: apiKey, shopId } = stage
  const owner = `o'${stage.run}`
  for (const [account, tags] of [
    ['a', ['customer:4711', 'team:billing']],
    ['b', ['customer:4711']],
    ['c', ['customer:4711x']],
  ] as const)
    await keeper.connect(erpId, account, { apiKey }, { tags, owner })
  await keeper.pause(erpId, 'b')
  const byTag = { tags: ['customer:4711'], owner }
  const lists: readonly (readonly [ListOptions, readonly string[]])[] = [
    [{ owner }, ['a', 'b', 'c']],
    [byTag, ['a', 'b']],
    [{ ...byTag, tags: ['customer:4711', 'team:billing'] }, ['a']],
    [{ ...byTag, status: 'paused' }, ['b']],
    [{ ...byTag, connector: shopId }, []],
    [{ connector: [shopId, erpId], expiresBefore: '2h' }, ['acme']],
    [{ connector: shopId, expiresBefore: '1 minute' }, []],
    [{ owner, account: 'c' }, ['c']],
  ]
  for (const [options, accounts] of lists)
    await until(
      () => listed(options),
      (all) => JSON.stringify(accountsOf(all)) === JSON.stringify(accounts),
    )
  await refusal(listed({ tags: ['not a tag'] }))
  await refusal(listed({ expiresBefore: 'soon' }))

  const warnings: string[] = []
  const onWarning = (message: string): void => {
    warnings.push(message)
  }
  const slow = new TokenkeeperClient({
    client: withoutAttributes(client),
    taskQueue,
    onWait: onWarning,
  })
  for (const [options, accounts] of lists) {
    warnings.length = 0
    const all = await listed(options, slow)
    expect(accountsOf(all)).toEqual(accounts)
    expect(warnings).toEqual([expect.stringContaining('TokenkeeperTags')])
    expect(all.every(({ asked }) => asked !== undefined)).toBe(true)
  }

  await stage.worker.stop()
  const all = await listed({ owner, onWarning, limit: 2 })
  expect(all).toHaveLength(2)
  expect(all[0]).toMatchObject({ connector: erpId, owner })
  expect(all[0]?.asked).toBeUndefined()
  warnings.length = 0
  expect(await listed({ owner, ask: 'sick' })).toHaveLength(3)
  expect(warnings).toEqual([])
  stage.worker = await stage.startKeeper()
})

/** The same server, seen from a namespace that has no search attribute of tokenkeeper. */
function withoutAttributes(client: Client): Client {
  const { connection } = client
  const operatorService = {
    listSearchAttributes: () => Promise.resolve({ customAttributes: {} }),
  }
  const seen = Object.create(connection, { operatorService: { value: operatorService } }) as never
  return Object.create(client, { connection: { value: seen } }) as Client
}
