import { describe, expect, it } from 'vitest'
import { firstHeader, headerLines, headerText } from '../../src/wire/header-lines.js'

const utf8AsLatin1 = Buffer.from('</größe>; rel=next').toString('latin1')

describe('headers', () => {
  it.each<[string, string | readonly string[] | undefined, readonly string[]]>([
    ['none', undefined, []],
    ['one', ' gzip ', ['gzip']],
    ['empty', '', ['']],
    ['twice', ['gzip', 'gzip'], ['gzip', 'gzip']],
    ['twice, once empty', ['', ' 5 '], ['', '5']],
    ['UTF-8', utf8AsLatin1, ['</größe>; rel=next']],
    ['Latin-1', 'größe', ['größe']],
  ])('%s', (_what, value, lines) => {
    const headers = { 'x-some': value }
    expect(headerLines(headers, 'X-Some')).toEqual(lines)
    expect(headerText(headers, 'x-some')).toBe(lines.length === 0 ? undefined : lines.join(', '))
    expect(firstHeader(headers, 'x-some')).toBe(lines.find((line) => line !== ''))
  })

  it('are their own, not what every object has', () => {
    expect(headerLines({}, 'constructor')).toEqual([])
    expect(headerText({}, '__proto__')).toBeUndefined()
  })
})
