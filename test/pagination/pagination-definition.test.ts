import { describe, expect, test } from 'vitest'
import {
  apiKey,
  cursor,
  defineConnector,
  type EndpointMap,
  get,
  keyset,
  nextUrl,
  offset,
  pageNumber,
  post,
  put,
} from '../../src/connectors/index.js'
import { pagedEndpoints } from '../fixtures/paged-endpoints.js'
import { problemsOf } from '../connectors/problems-of.js'

const base = { id: 'shop', baseUrl: 'https://shop.example' }
const inHeader = apiKey({ in: 'header', name: 'X-Api-Key' })
const size = { param: 'limit', value: 100 }
const after = { param: 'updated_after', field: 'updated_at' }

describe('pagination of an endpoint', () => {
  test('every style and way to stop is taken, as plain data', () => {
    const defined = Object.entries(pagedEndpoints(50)).map(([name, { endpoint }]) => [
      name,
      endpoint,
    ])
    const endpoints = Object.fromEntries(defined) as EndpointMap
    const connector = defineConnector({ ...base, auth: inHeader, endpoints })
    expect(JSON.parse(JSON.stringify(connector.endpoints))).toEqual(endpoints)
  })

  const cases: readonly (readonly [string, object, string, RegExp])[] = [
    [
      'a style that is none',
      get('/a', { paginate: { style: 'magic' } as never }),
      'paginate.style',
      /must be made by linkHeader\(\), cursor\(\)/,
    ],
    [
      'a place that is none',
      get('/a', { paginate: cursor({ from: { body: 'a' }, to: { path: 'x' } as never }) }),
      'paginate.to',
      /must be \{ query: 'name' \}/,
    ],
    [
      'an empty path',
      get('/a', { paginate: nextUrl({ path: '' }) }),
      'paginate.path',
      /names joined by dots/,
    ],
    [
      'a way to stop that is none',
      get('/a', { paginate: offset({ param: 'offset', stop: 'never' as never }) }),
      'paginate.stop',
      /'empty-page', 'short-page', \{ more: 'path' \} or \{ total/,
    ],
    [
      'a short page of no known size',
      get('/a', { paginate: offset({ param: 'offset', stop: 'short-page' }) }),
      'paginate.size',
      /is needed where a short page is the last/,
    ],
    [
      'page numbers by a total without a size',
      get('/a', { paginate: pageNumber({ param: 'page', stop: { total: { body: 'total' } } }) }),
      'paginate.size',
      /is needed where a total tells the last page/,
    ],
    [
      'an inclusive key without a size',
      get('/a', { paginate: keyset({ by: after, inclusive: { id: 'id' } }) }),
      'paginate.size',
      /is needed with inclusive/,
    ],
    [
      'several keys that are inclusive',
      get('/a', {
        paginate: keyset({
          by: [after, { param: 'since', field: 'id' }],
          inclusive: { id: 'id' },
          size,
        }),
      }),
      'paginate.inclusive',
      /goes with one key/,
    ],
    [
      'a body that a GET has not',
      get('/a', { paginate: cursor({ from: { body: 'next' }, to: { body: 'cursor' } }) }),
      'paginate.to',
      /is in the body, and a GET has none/,
    ],
    [
      'a method that writes',
      put('/a', { paginate: nextUrl({ path: 'next' }) }),
      'paginate',
      /belongs to a GET, or to a POST that only reads/,
    ],
    [
      'one parameter for two values',
      get('/a', { paginate: offset({ param: 'limit', size }) }),
      'paginate.size.param',
      /is set twice/,
    ],
    [
      'a header that every request has',
      get('/a', { paginate: cursor({ from: { body: 'next' }, to: { header: 'Accept' } }) }),
      'paginate.to',
      /every request has for itself/,
    ],
    [
      'the header of the credential',
      get('/a', { paginate: cursor({ from: { body: 'next' }, to: { header: 'x-api-key' } }) }),
      'paginate.to',
      /auth puts the credential into/,
    ],
    [
      'an option of writing',
      post('/a', { paginate: nextUrl({ path: 'next' }), batch: { size: 5 } }),
      'batch',
      /belongs to an endpoint that is written to/,
    ],
    ['a total in no place', get('/a', { total: 'total' as never }), 'total', /must be \{ body/],
  ]
  test.each(cases)('%s is refused', (_name, endpoint, path, message) => {
    const { problems } = problemsOf({ ...base, auth: inHeader, endpoints: { a: endpoint } })
    const [problem] = problems
    expect(problem?.path).toBe(`endpoints.a.${path}`)
    expect(problem?.message).toMatch(message)
    expect(problem?.example).toMatch(/paginate: |total: |batch: /)
  })

  test('what auth puts into query and body is nobody else’s', () => {
    const inQuery = { ...base, auth: apiKey({ in: 'query', name: 'cursor' }) }
    const paginate = cursor({ from: { body: 'next' }, to: { query: 'cursor' } })
    const { problems } = problemsOf({ ...inQuery, endpoints: { a: get('/a', { paginate }) } })
    expect(problems[0]?.message).toMatch(/auth puts the credential into/)
    const inBody = { ...base, auth: apiKey({ in: 'body', name: 'auth.key' }) }
    const toBody = cursor({ from: { body: 'next' }, to: { body: 'auth' } })
    const others = problemsOf({ ...inBody, endpoints: { a: post('/a', { paginate: toBody }) } })
    expect(others.problems[0]?.message).toMatch(/is where auth puts the credential/)
  })
})
