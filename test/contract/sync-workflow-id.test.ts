import { expect, it } from 'vitest'
import { syncWorkflowId } from '../../src/contract/sync-workflow-id.js'

const from = { connection: 'shop/acme', endpoint: 'orders.list' }

it('the same work has the same workflow id, however its connections are written', () => {
  const to = { connection: 'erp', endpoint: 'orders.upsert' }
  const id = syncWorkflowId({ from, to })
  expect(id).toBe('sync:shop:acme:orders.list:to:erp:default:orders.upsert')
  expect(syncWorkflowId({ from, to: { ...to, connection: 'erp/default' } })).toBe(id)
})

it('other work has another one', () => {
  const to = { sink: 'writeOrders' }
  expect(syncWorkflowId({ from, to })).toBe('sync:shop:acme:orders.list:to-function:writeOrders')
  expect(syncWorkflowId({ from, to }, 'new ones')).not.toBe(syncWorkflowId({ from, to }))
})

const to = { connection: 'erp', endpoint: 'orders.upsert' }
it.each([
  ['new ones', 'new~20ones'],
  ["it's $(rm) `x` & 'y'; *?#%~", undefined],
  ['a:b/c', 'a~3Ab~2Fc'],
  ['größe', 'gr~C3~B6~C3~9Fe'],
  ['a~20b', 'a~7E20b'],
  ['\ud800', '~EF~BF~BD'],
])('the name %j needs no quoting in a shell or a URL', (name, written) => {
  const id = syncWorkflowId({ from, to }, name)
  expect(id).toMatch(/^[A-Za-z0-9._@+:~-]+$/)
  expect(new URL(`https://x.example/workflows/${id}`).pathname).toBe(`/workflows/${id}`)
  if (written !== undefined) expect(id.endsWith(`:orders.upsert:${written}`)).toBe(true)
})

it('different work never has one id', () => {
  const names = ['', 'a', 'a b', 'a~20b', 'a:b', 'a/b', 'A', 'to', 'to-function']
  const ids = names.map((name) => syncWorkflowId({ from, to }, name))
  expect(new Set([...ids, syncWorkflowId({ from, to })]).size).toBe(names.length + 1)
})
