import { expect, it } from 'vitest'
import { syncWorkflowId } from '../../src/contract/sync-workflow-id.js'

const from = { connection: 'shop/acme', endpoint: 'orders.list' }

it('the same work has the same workflow id, however its connections are written', () => {
  const to = { connection: 'erp', endpoint: 'orders.upsert' }
  const id = syncWorkflowId({ from, to })
  expect(id).toBe('sync:shop/acme orders.list to erp/default orders.upsert')
  expect(syncWorkflowId({ from, to: { ...to, connection: 'erp/default' } })).toBe(id)
})

it('other work has another one', () => {
  const to = { sink: 'writeOrders' }
  expect(syncWorkflowId({ from, to })).toBe('sync:shop/acme orders.list to function writeOrders')
  expect(syncWorkflowId({ from, to }, 'new ones')).not.toBe(syncWorkflowId({ from, to }))
})
