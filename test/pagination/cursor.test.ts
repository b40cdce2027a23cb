import { cursor } from '../../src/connectors/index.js'
import { paginationSuite } from './pagination-suite.js'

const to = { query: 'cursor' }
const paginate = cursor({ from: { body: 'meta.next' }, to })
const flagged = cursor({ from: { body: 'meta.next' }, to, more: 'meta.more' })

paginationSuite('cursor', {
  endpoints: ['cursor', 'cursor-more', 'cursor-header', 'cursor-post'],
  unreadable: {
    'a cursor that is an object': { paginate, body: { meta: { next: {} } }, outcome: 'unreadable' },
    'a cursor too long to be kept': {
      paginate,
      body: { meta: { next: 'x'.repeat(10_000) } },
      outcome: 'stuck',
    },
    'a flag that is missing': {
      paginate: flagged,
      body: { meta: { next: 'a' } },
      outcome: 'unreadable',
    },
    'a flag without a cursor': {
      paginate: flagged,
      body: { meta: { more: true } },
      outcome: 'unreadable',
    },
  },
  repeatedKey: 'refused',
})
