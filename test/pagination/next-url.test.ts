import { nextUrl } from '../../src/connectors/index.js'
import { paginationSuite } from './pagination-suite.js'

const paginate = nextUrl({ path: 'links.next' })

paginationSuite('next-url', {
  endpoints: ['next-url'],
  unreadable: {
    'a URL that is a list': { paginate, body: { links: { next: [] } }, outcome: 'unreadable' },
    'a URL that is none': {
      paginate,
      body: { links: { next: 'https://:x' } },
      outcome: 'unreadable',
    },
  },
  repeatedKey: 'left out',
})
