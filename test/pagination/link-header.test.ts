import { linkHeader } from '../../src/connectors/index.js'
import { paginationSuite } from './pagination-suite.js'

paginationSuite('link-header', {
  endpoints: ['link'],
  unreadable: {
    'a Link header that is none': {
      paginate: linkHeader(),
      headers: { link: 'no link' },
      outcome: 'unreadable',
    },
  },
  repeatedKey: 'left out',
})
