import { expect, test } from 'vitest'
import { PROMISES } from '../../bench/promises.js'
import { toJson, toResult } from '../../bench/row-result.js'

test('the last line of --json names every row with what it reached', () => {
  const results = PROMISES.map(({ row, reach }) =>
    toResult(row, { rounds: [reach + 0.2, reach - 0.3, reach + 0.01], note: '' }),
  )
  const rows = JSON.parse(toJson(results)) as { readonly row: string }[]
  expect(rows).toHaveLength(PROMISES.length)
  expect(rows[0]).toStrictEqual({
    row: 'call-vs-undici',
    value: 0.91,
    reach: 0.9,
    holds: true,
    spread: 0.5,
  })
  const alone = rows.find(({ row }) => row === 'lease-alone')
  expect(alone).toMatchObject({ value: 1.16, holds: false })
})

test('a row whose side condition fails does not hold', () => {
  const { holds } = toResult('lease-storm', { rounds: [1], note: '', alsoHolds: false })
  expect(holds).toBe(false)
})

test('a short round has less to reach where the promise says so, and its note tells it', () => {
  const measured = { rounds: [0.85], note: 'short' }
  expect(toResult('sync-5ms', measured)).toMatchObject({ reach: 0.93, holds: false, note: 'short' })
  const quick = toResult('sync-5ms', measured, true)
  expect(quick).toMatchObject({ reach: 0.8, holds: true })
  expect(quick.note).toContain('the whole row has to reach 0.93')
  expect(toResult('actions-call-flow', measured, true)).toMatchObject({
    reach: 2,
    note: 'short',
  })
})
