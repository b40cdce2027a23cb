import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { Position } from '../../src/pagination/position.js'
import { paginationStyle } from '../../src/pagination/registry.js'
import { formatPosition, parsePosition } from '../../activities/sync/reading/position.js'
import { keyset, type KeysetPagination } from '../../src/connectors/index.js'

interface Row {
  readonly id: number
  readonly at: string
}
type Serve = (params: URLSearchParams, size: number) => readonly Row[]

const ORIGIN = 'https://shop.example'

/** Everything that is read of a source, each position through its cursor; `stuck` where the style gave up. */
function readAll(paginate: KeysetPagination, size: number, serve: Serve, limit: number) {
  const style = paginationStyle(paginate)
  const fields = style.sets?.(paginate).map(({ field }) => field) ?? []
  const input = { url: new URL(`${ORIGIN}/rows`) }
  let asked: Position | undefined = style.first?.(input, paginate, undefined) ?? input
  const ids: number[] = []
  for (let pages = 0; asked !== undefined; pages += 1) {
    if (pages > limit) throw new Error('it does not end')
    const records = serve(asked.url.searchParams, size)
    const isFirst = pages === 0
    const next = style.next(
      { url: asked.url, baseUrl: asked.url, asked, isFirst, headers: {}, body: {}, records },
      paginate,
    )
    if (next.outcome === 'stuck' || next.outcome === 'unreadable') return { ids, stuck: true }
    ids.push(...records.flatMap(({ id }, at) => (next.repeated?.has(at) === true ? [] : [id])))
    if (next.outcome === 'end') return { ids, stuck: false }
    asked = parsePosition(formatPosition(next.position, ORIGIN), {
      origin: ORIGIN,
      fields,
      isOwn: () => true,
      isProved: () => false,
    })
  }
  throw new Error('a cursor that could not be read back')
}

const source = fc
  .record({
    ties: fc.array(fc.integer({ min: 1, max: 9 }), { maxLength: 12 }),
    size: fc.integer({ min: 1, max: 7 }),
    fraction: fc.constantFrom('', '.5', '.123456', '.123457'),
    digits: fc.constantFrom(1, 40),
  })
  .map(({ ties, size, fraction, digits }) => {
    const moments = ties.flatMap((count, moment) => Array<number>(count).fill(moment))
    const rows = moments.map((moment, index): Row => {
      const at = new Date(Date.UTC(2026, 0, 1) + moment * 1000).toISOString()
      return { id: (index + 1) * digits, at: at.replace('.000', fraction) }
    })
    return { rows, size, largestTie: Math.max(0, ...ties) }
  })

const from = { param: 'from', field: 'at' }
const sized = (value: number) => ({ param: 'limit', value })
const serveFrom =
  (rows: readonly Row[]): Serve =>
  (params, size) => {
    const start = rows.findIndex(({ at }) => at >= (params.get('from') ?? ''))
    const skipped = (start === -1 ? rows.length : start) + Number(params.get('offset') ?? 0)
    return rows.slice(skipped, skipped + size)
  }

describe('many records that share a timestamp come once and in order', () => {
  test('with a second key that breaks the tie', () => {
    fc.assert(
      fc.property(source, ({ rows, size }) => {
        const by = [
          { param: 'after', field: 'at' },
          { param: 'id_after', field: 'id' },
        ]
        const serve: Serve = (params) => {
          const [at, id] = [params.get('after') ?? '', Number(params.get('id_after') ?? 0)]
          return rows.filter((row) => row.at > at || (row.at === at && row.id > id)).slice(0, size)
        }
        const { ids, stuck } = readAll(
          keyset({ by, size: sized(size) }),
          size,
          serve,
          rows.length + 2,
        )
        expect(stuck).toBe(false)
        expect(ids).toEqual(rows.map(({ id }) => id))
      }),
    )
  })

  test('with an inclusive timestamp and an offset inside it', () => {
    fc.assert(
      fc.property(source, ({ rows, size }) => {
        const inclusive = { id: 'id', offset: 'offset' }
        const paginate = keyset({ by: from, inclusive, size: sized(size) })
        const { ids, stuck } = readAll(paginate, size, serveFrom(rows), 3 * rows.length + 3)
        expect(stuck).toBe(false)
        expect(ids).toEqual(rows.map(({ id }) => id))
      }),
    )
  })

  test('with an inclusive timestamp alone, or it is told that a page was full of one', () => {
    let told = 0
    fc.assert(
      fc.property(source, ({ rows, size, largestTie }) => {
        const paginate = keyset({ by: from, inclusive: { id: 'id' }, size: sized(size) })
        const { ids, stuck } = readAll(paginate, size, serveFrom(rows), 3 * rows.length + 3)
        expect(ids).toEqual(rows.slice(0, ids.length).map(({ id }) => id))
        if (stuck) {
          told += 1
          expect(largestTie).toBeGreaterThanOrEqual(size)
        } else expect(ids).toHaveLength(rows.length)
      }),
    )
    expect(told).toBeGreaterThan(0)
  })

  test('a timestamp that is taken for unique and is not is told where a page shows it', () => {
    const rows = [1, 1, 2].map((moment, at) => ({ id: at, at: `2026-01-01T00:00:0${moment}Z` }))
    const paginate = keyset({ by: { param: 'after', field: 'at' } })
    const serve: Serve = (params) => rows.filter(({ at }) => at > (params.get('after') ?? ''))
    expect(readAll(paginate, 3, serve, 5)).toMatchObject({ stuck: true })
  })
})
