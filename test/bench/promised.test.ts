import { expect, test } from 'vitest'
import { toGroups } from '../../bench/promised.js'

const promised = { what: '', reach: 1 }

test('rows that share a fixture are one group, and what takes long begins first', () => {
  const rows = [
    { ...promised, row: 'a' },
    { ...promised, row: 'b', shares: 'fleet', isLong: true },
    { ...promised, row: 'c' },
    { ...promised, row: 'd', shares: 'fleet', isLong: true },
    { ...promised, row: 'e', isLong: true },
  ] as const
  const groups = toGroups(rows).map((group) => group.map(({ row }) => row).join(' '))
  expect(groups).toStrictEqual(['b d', 'e', 'a', 'c'])
})
