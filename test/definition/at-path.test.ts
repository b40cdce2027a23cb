import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  atPath,
  isPathWithin,
  lastNameOf,
  listAt,
  memberNames,
  pathProblem,
  writtenPathProblem,
} from '../../src/definition/at-path.js'
import { problemsOf } from '../connectors/problems-of.js'
import { get, nextUrl } from '../../src/connectors/index.js'

const answer = {
  '@odata.nextLink': 'whole',
  data: { '@odata.nextLink': 'below', orders: [{ id: 1 }, { id: 2, open: true }] },
  'a.b': { c: 'quoted' },
  a: { b: 'names' },
  '': { '': 'empty' },
  "it's": 'apostrophe',
  'x y': 'space',
  'list[0]': 'brackets',
  $: 'dollar',
  'é😀': 'text',
}

test.each([
  ['data.orders.1.id', 2],
  ['@odata.nextLink', 'whole'],
  ['data.@odata.nextLink', 'below'],
  ['a.b', { c: 'quoted' }],
  ["a['b']", 'names'],
  ["['a.b'].c", 'quoted'],
  [`["a.b"]["c"]`, 'quoted'],
  ["['']['']", 'empty'],
  ["it's", 'apostrophe'],
  [`["it's"]`, 'apostrophe'],
  [`['it\\'s']`, 'apostrophe'],
  ["['x y']", 'space'],
  [`["x\\u0020y"]`, 'space'],
  ["['list[0]']", 'brackets'],
  ['list[0]', 'brackets'],
  ["['$']", 'dollar'],
  ['é😀', 'text'],
  ['data.orders[0].id', 1],
  ['data.orders[-1].id', 2],
  ['data.orders[2]', undefined],
  ["data.['orders'][0].id", 1],
  ['data[0]', undefined],
  ['none.at.all', undefined],
  ['constructor', undefined],
  ['data.toString', undefined],
  ['__proto__', undefined],
  ['$.data.orders[0].id', 1],
  ["$['a.b'].c", 'quoted'],
  ['$.data.orders[?@.open == true].id', 2],
  ['$.constructor', undefined],
  ["$['__proto__']", undefined],
])('%s', (path, value) => {
  expect(pathProblem(path)).toBeUndefined()
  expect(atPath(answer, path)).toEqual(value)
})

test('a JSONPath that can name several places is the list of all that it finds', () => {
  expect(listAt(answer, '$.data.orders[*].id')).toEqual([1, 2])
  expect(atPath(answer, '$.data.orders[*].id')).toBe(1)
  expect(listAt(answer, '$.data.orders')).toBe(answer.data.orders)
  expect(listAt(answer, 'data.orders')).toBe(answer.data.orders)
  expect(listAt(answer, '$.none[*]')).toEqual([])
})

describe('a path that is none is refused with a reason', () => {
  test.each([
    ['', 'names joined by dots'],
    ['a..b', 'character 3'],
    ['a.', 'an empty key is written'],
    ['.a', 'character 1'],
    ['a b', 'a space at character 2'],
    ['a]', "']' at character 2"],
    ["['a", 'with no end'],
    ["['a'", 'an empty key is written'],
    ["a['b']c", 'character 7'],
    ['a[b]', 'neither a key in quotes nor a whole number'],
    ['a[]', 'neither a key in quotes nor a whole number'],
    [`['\\q']`, "that JSON doesn't know"],
    ['$key', 'no JSONPath (RFC 9535)'],
    ['$.a[', 'no JSONPath (RFC 9535)'],
    ['$.~', 'no JSONPath (RFC 9535)'],
    ['$..a..b', 'more than once'],
    ['$[1,2][3,4]', 'several selectors'],
    ["$[?match(@.a, '(a+)+b')]", 'not bounded'],
    ["$[?search(@.a, 'a')]", 'not bounded'],
    ['$[?@..a]', 'a filter that looks at more'],
    ['$[?$[*] == 1]', 'no JSONPath'],
    ['$[?count($[*]) > 1]', 'a filter that looks at more'],
    ['a'.repeat(1001), 'longer than 1000'],
    [`$.${'a'.repeat(1001)}`, 'longer than 1000'],
    [`$${'.a'.repeat(21)}`, 'more than 20 segments'],
  ])('%s', (path, reason) => {
    expect(pathProblem(path)).toContain(reason)
    expect(atPath({ a: 1 }, path)).toBeUndefined()
  })

  test('when the connector is defined, at its place', () => {
    const { problems } = problemsOf({
      auth: { kind: 'none' },
      endpoints: { list: get('/a', { items: 'a[', paginate: nextUrl({ path: '$next' }) }) },
    })
    expect(problems.map(({ path }) => path)).toEqual([
      'endpoints.list.items',
      'endpoints.list.paginate.path',
    ])
    expect(problems[1]?.message).toContain('no JSONPath')
  })
})

test('a place that is written is named by keys', () => {
  expect(memberNames("data['a.b'].c")).toEqual(['data', 'a.b', 'c'])
  expect(writtenPathProblem("data['a.b'].c")).toBeUndefined()
  expect(writtenPathProblem('$.a')).toContain('JSONPath')
  expect(writtenPathProblem('a[0]')).toContain('a place in a list')
  expect(writtenPathProblem("['__proto__']")).toContain('__proto__')
  expect(isPathWithin('a.b.c', "['a'].b")).toBe(true)
  expect(isPathWithin('a.bc', 'a.b')).toBe(false)
  expect(lastNameOf("x['access_token']")).toBe('access_token')
  expect(lastNameOf("$.x['access_token']")).toBe('access_token')
  expect(lastNameOf('$..access_token')).toBeUndefined()
})

test('any key of any object can be named', () => {
  const key = fc.string({ unit: 'binary', maxLength: 12 })
  fc.assert(
    fc.property(fc.array(key, { minLength: 1, maxLength: 4 }), fc.anything(), (keys, value) => {
      const whole = [...keys].reverse().reduce<unknown>((inner, name) => {
        const object: Record<string, unknown> = Object.create(null) as Record<string, unknown>
        object[name] = inner
        return object
      }, value)
      const quoted = keys.map((one) => `[${JSON.stringify(one)}]`).join('')
      expect(pathProblem(quoted)).toBeUndefined()
      expect(atPath(whole, quoted)).toBe(value)
      expect(memberNames(quoted)).toEqual(keys)
    }),
    { numRuns: 2000 },
  )
})

test('no text is more than a path or a reason', () => {
  fc.assert(
    fc.property(
      fc.string({ unit: fc.constantFrom(...'$.[]\'"\\@?*ab01-, \u0000é'.split('')) }),
      (text) => {
        const problem = pathProblem(text)
        expect(problem === undefined || problem.length > 10).toBe(true)
        expect(() => atPath({ a: [{ b: 1 }] }, text)).not.toThrow()
      },
    ),
    { numRuns: 5000 },
  )
})

test('a hostile body costs a JSONPath no more than its size', () => {
  let deep: unknown = 1
  for (let depth = 0; depth < 5000; depth += 1) deep = { a: deep }
  const wide = Array.from({ length: 50_000 }, (_, id) => ({ id, a: { id } }))
  const startedMs = performance.now()
  expect(atPath(deep, '$..none')).toBeUndefined()
  expect(listAt(wide, '$..id')).toHaveLength(100_000)
  expect(performance.now() - startedMs).toBeLessThan(5000)
})
