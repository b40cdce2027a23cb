import { describe, expect, test } from 'vitest'
import * as z from 'zod'
import { apiKey, get, post, put } from '../../src/connectors/index.js'
import { problemsOf } from './problems-of.js'

const auth = apiKey({ in: 'header', name: 'X-Api-Key' })
const lookup = { endpoint: 'find', param: 'external_id', key: 'id' } as const
const results = { path: 'results', ok: { path: 'status', equals: ['ok'] } } as const
const find = get('/orders')
const problem = (endpoints: object) => problemsOf({ auth, endpoints }).problems[0]

describe('rules of writing', () => {
  test.each<[string, string, object]>([
    ['a look-up that does not exist', 'lookup.endpoint', { a: post('/a', { lookup }) }],
    ['a look-up by POST', 'lookup.endpoint', { find: post('/orders'), a: post('/a', { lookup }) }],
    [
      'an update by GET',
      'lookup.ifFound',
      { find, a: post('/a', { lookup: { ...lookup, ifFound: 'find' } }) },
    ],
    [
      'an update that does not exist',
      'lookup.ifFound',
      { find, a: post('/a', { lookup: { ...lookup, ifFound: 'update' } }) },
    ],
    ['lookup without a look-up', 'onUnknown', { a: post('/a', { onUnknown: 'lookup' }) }],
    ['another word', 'onUnknown', { a: post('/a', { onUnknown: 'retry' as never }) }],
    ['results of a GET', 'results', { a: get('/a', { results } as never) }],
    ['a look-up of a GET', 'lookup', { find, a: get('/a', { lookup } as never) }],
    ['onUnknown of a GET', 'onUnknown', { a: get('/a', { onUnknown: 'fail' } as never) }],
    [
      'results by an id that nobody knows',
      'results.id',
      { a: post('/a', { results: { ...results, id: 'id' } }) },
    ],
    [
      'results that nothing tells to be right',
      'results.ok.equals',
      { a: post('/a', { results: { path: 'results', ok: { path: 'status', equals: [] } } }) },
    ],
    ['a schema that is none', 'itemSchema', { a: get('/a', { itemSchema: 'x' as never }) }],
  ])('%s is refused', (_name, path, endpoints) => {
    const found = problem(endpoints)
    expect(found?.path).toBe(`endpoints.a.${path}`)
    expect(found?.example).not.toBe('')
  })

  test.each<[string, string, object]>([
    ['item', 'itemSchema', { a: { ...get('/a'), item: z.object({}) } }],
    ['then', 'ifFound', { find, a: post('/a', { lookup: { ...lookup, then: 'skip' } } as never) }],
    ['again', 'retry', { a: post('/a', { results: { ...results, again: results.ok } } as never) }],
  ])('%s is refused with its new name', (_old, name, endpoints) => {
    expect(problem(endpoints)?.message).toBe(`is not known here: it is called '${name}'`)
  })

  test('what makes sense is taken', () => {
    const all = {
      find,
      update: put('/orders/{id}'),
      list: get('/list', { itemSchema: z.object({ id: z.string() }), id: 'id' }),
      a: post('/a', {
        lookup: { ...lookup, ifFound: 'update' },
        results: { ...results, id: 'id' },
      }),
      b: post('/b', { lookup, onUnknown: 'lookup' }),
      c: put('/c', { onUnknown: 'fail' }),
    }
    expect(() => problemsOf({ auth, endpoints: all })).toThrow('was let through')
  })
})
