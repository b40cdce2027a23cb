import { apiKey, defineConnector, get, linkHeader, post } from 'tokenkeeper/connector'

/** A ticket desk. The files beside this one change how it authenticates, and nothing else. */
export const tickets = defineConnector({
  id: 'tickets',
  baseUrl: 'https://api.tickets.example/v1',
  auth: apiKey({ in: 'header', name: 'X-Api-Key' }),
  verify: 'me.get',
  endpoints: {
    'me.get': get('/me'),
    'tickets.list': get('/tickets', { items: 'tickets', paginate: linkHeader() }),
    'tickets.create': post('/tickets'),
  },
})
