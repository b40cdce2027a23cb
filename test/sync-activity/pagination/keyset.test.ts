import { keyset } from '../../../src/connectors/index.js'
import { paginationSuite } from './pagination-suite.js'

const since = keyset({ by: { param: 'since_id', field: 'id' } })
const from = keyset({
  by: { param: 'from', field: 'at' },
  inclusive: { id: 'id' },
  size: { value: 3 },
})
const at = (...moments: readonly string[]) => moments.map((one, id) => ({ id, at: one }))

paginationSuite('keyset', {
  endpoints: [
    'since',
    'since-short',
    'updated',
    'updated-more',
    'updated-from',
    'updated-from-offset',
    'updated-from-more',
  ],
  unreadable: {
    'a record without the key': { paginate: since, records: [{ id: 1 }, {}], found: 'stuck' },
    'a key beyond what JSON holds exactly': {
      paginate: since,
      records: [{ id: 2 ** 60 }],
      found: 'stuck',
    },
    'an exclusive key that is not unique': {
      paginate: since,
      records: [{ id: 1 }, { id: 1 }],
      found: 'stuck',
    },
    'records that are out of order': {
      paginate: since,
      records: [{ id: 2 }, { id: 1 }],
      found: 'stuck',
    },
    'inclusive records that are out of order': {
      paginate: from,
      records: at('2026-01-01T00:00:01Z', '2026-01-01T00:00:00Z'),
      found: 'stuck',
    },
    'inclusive records without id': {
      paginate: from,
      records: [{ at: '2026-01-01T00:00:00Z' }],
      found: 'stuck',
    },
    'a whole page of one timestamp': {
      paginate: from,
      records: at('2026-01-01T00:00:00Z', '2026-01-01T00:00:00Z', '2026-01-01T00:00:00Z'),
      found: 'stuck',
    },
  },
  repeatedKey: 'never told',
})

paginationSuite('keyset', {
  endpoints: ['updated', 'updated-from-offset'],
  perMoment: 7,
  unreadable: {},
  repeatedKey: 'never told',
})
