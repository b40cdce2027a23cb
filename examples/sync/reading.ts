import {
  apiKey,
  cursor,
  defineConnector,
  get,
  keyset,
  linkHeader,
  nextUrl,
  offset,
  pageNumber,
  post,
} from 'tokenkeeper/connector'

/** One endpoint for each style of pagination and each way to tell the last page. */
export const shop = defineConnector({
  id: 'shop',
  baseUrl: 'https://api.shop.example/v1',
  auth: apiKey({ in: 'header', name: 'X-Api-Key' }),
  endpoints: {
    // Link: <https://api.shop.example/v1/orders?page=2>; rel="next"
    'orders.link': get('/orders', { items: 'orders', paginate: linkHeader() }),

    // { "orders": [...], "links": { "next": "/v1/orders?after=b81" } }
    'orders.nextUrl': get('/orders', {
      items: 'orders',
      paginate: nextUrl({ path: 'links.next' }),
    }),

    // base URL https://acme.example/wiki, { "results": [...], "_links": { "next": "/rest/space?start=25" } }
    'spaces.list': get('/rest/space', {
      items: 'results',
      paginate: nextUrl({ path: '_links.next', relativeTo: 'base-url' }),
    }),

    // { "orders": [...], "meta": { "next": "b81", "has_more": true } }
    'orders.cursor': get('/orders', {
      items: 'orders',
      paginate: cursor({
        from: { body: 'meta.next' },
        to: { query: 'cursor' },
        more: 'meta.has_more',
      }),
    }),

    // X-Next: b81, sent back as X-Cursor: b81
    'orders.cursorHeader': get('/orders', {
      items: 'orders',
      paginate: cursor({ from: { header: 'X-Next' }, to: { header: 'X-Cursor' } }),
    }),

    // { "results": [...], "paging": { "next": { "after": "b81" } } }
    'orders.search': post('/orders/search', {
      items: 'results',
      paginate: cursor({ from: { body: 'paging.next.after' }, to: { body: 'after' } }),
    }),

    // four pages at once: ?page=3, ?page=4, ... while the first of them is written
    'orders.ahead': get('/orders', {
      items: 'orders',
      paginate: pageNumber({ param: 'page', size: { param: 'per_page', value: 100 } }),
      readAhead: { pages: 4 },
    }),

    // ?limit=100&offset=300, until { "total": 342 } are read
    'orders.offset': get('/orders', {
      items: 'orders',
      paginate: offset({
        param: 'offset',
        size: { param: 'limit', value: 100 },
        stop: { total: { body: 'total' } },
      }),
    }),

    // ?per_page=100&page=4, until there are no more
    'orders.pages': get('/orders', {
      items: 'orders',
      paginate: pageNumber({ param: 'page', size: { param: 'per_page', value: 100 } }),
    }),

    // ?since_id=4711: ids that only grow
    'orders.sinceId': get('/orders', {
      items: 'orders',
      paginate: keyset({ by: { param: 'since_id', field: 'id' } }),
    }),

    // ?updated_after=2026-01-01T00:00:00Z&id_after=4711
    'orders.updated': get('/orders', {
      items: 'orders',
      paginate: keyset({
        by: [
          { param: 'updated_after', field: 'updated_at' },
          { param: 'id_after', field: 'id' },
        ],
      }),
    }),

    // ?updated_at_min=2026-01-01T00:00:00Z gives the records of that moment again
    'orders.updatedFrom': get('/orders', {
      items: 'orders',
      paginate: keyset({
        by: { param: 'updated_at_min', field: 'updated_at' },
        inclusive: { id: 'id', offset: 'offset' },
        size: { param: 'limit', value: 200 },
      }),
      total: { header: 'X-Total-Count' },
    }),
  },
})
