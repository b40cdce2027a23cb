import { pageNumber } from '../../src/connectors/index.js'
import { paginationSuite } from './pagination-suite.js'

const size = { param: 'per_page', value: 4 }
const total = pageNumber({ param: 'page', size, stop: { total: { body: 'total' } } })
const pages = pageNumber({ param: 'page', first: 0, stop: { pages: { body: 'pages' } } })

paginationSuite('page-number', {
  endpoints: ['page', 'page-short', 'page-pages', 'page-total', 'page-more'],
  unreadable: {
    'a number of pages that is missing': { paginate: pages, body: {}, outcome: 'unreadable' },
    'a total that is missing': { paginate: total, body: {}, outcome: 'unreadable' },
    'a page smaller than asked for, which would end the reading too early': {
      paginate: total,
      body: { total: 8 },
      records: [1, 2],
      outcome: 'stuck',
    },
  },
  repeatedKey: 'never told',
})
