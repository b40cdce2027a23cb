import { connection } from 'tokenkeeper/workflow'
import type { stock } from './connector.js'

export { syncFlow } from 'tokenkeeper/workflow'

export interface Label {
  readonly text: string
  readonly amount: number
}

export async function labelOf(id: string, keeperTaskQueue: string): Promise<Label> {
  const store = connection<typeof stock>('package-stock', 'default', { taskQueue: keeperTaskQueue })
  const { name, amount } = await store.call('items.get', { id })
  return { text: name.toUpperCase(), amount }
}
