import { offset } from '../../../src/connectors/index.js'
import { paginationSuite } from './pagination-suite.js'

const total = offset({ param: 'offset', stop: { total: { header: 'X-Total' } } })
const more = offset({ param: 'offset', stop: { more: 'more' } })

paginationSuite('offset', {
  endpoints: ['offset', 'offset-short', 'offset-total', 'offset-header', 'offset-more'],
  unreadable: {
    'a total that is missing': { paginate: total, records: [1], found: 'unreadable' },
    'a total that is no count': {
      paginate: total,
      headers: { 'x-total': 'many' },
      found: 'unreadable',
    },
    'a page without records before the total': {
      paginate: total,
      headers: { 'x-total': '5' },
      found: 'stuck',
    },
    'a flag that is no flag': { paginate: more, body: { more: 'maybe' }, found: 'unreadable' },
    'a page without records and the word of more': {
      paginate: more,
      body: { more: true },
      found: 'stuck',
    },
  },
  repeatedKey: 'never told',
})
