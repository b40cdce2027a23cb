import { describe, expect, it } from 'vitest'
import { formatActor, readActor } from '../../src/contract/actor.js'
import {
  changedDetails,
  fromTagValues,
  isSameDetails,
  MAX_METADATA_BYTES,
  readDetailsChange,
  toTagValues,
} from '../../src/contract/connection-details.js'

const deep = (levels: number): unknown => (levels === 0 ? 1 : { a: deep(levels - 1) })
const cyclic: Record<string, unknown> = {}
cyclic['self'] = cyclic

describe('what is said of a connection', () => {
  it('is taken as it is, with tags sorted and each once', () => {
    const change = {
      tags: ['team:billing', 'customer:4711', 'team:billing'],
      owner: 'user-42',
      description: 'the shop of Łódź',
      metadata: { plan: 'gold', seats: [1, 2, { a: null }], gone: undefined },
    }
    expect(readDetailsChange(change)).toEqual({
      outcome: 'read',
      change: {
        ...change,
        tags: ['customer:4711', 'team:billing'],
        metadata: { plan: 'gold', seats: [1, 2, { a: null }] },
      },
    })
  })

  it.each([
    ['nothing at all', undefined, 'expected an object'],
    ['a list', ['a'], 'expected an object'],
    ['a mistyped name', { tag: ['a'] }, 'there are tags, owner, description, metadata'],
    ['a text in place of tags', { tags: 'a,b' }, 'list of texts'],
    ['a tag with a blank', { tags: ['ok', 'not ok'] }, 'tag 2'],
    ['a tag with the sign of owners', { tags: ['owner=42'] }, 'tag 1'],
    ['a tag with an escape', { tags: ['a\u001b[31m'] }, 'tag 1'],
    ['a long tag', { tags: ['a'.repeat(65)] }, 'tag 1'],
    ['many tags', { tags: Array.from({ length: 21 }, (_, n) => `t${String(n)}`) }, 'at most 20'],
    ['an empty owner', { owner: '' }, 'owner must be'],
    ['an owner of two lines', { owner: 'a\nb' }, 'owner must be'],
    ['a long description', { description: 'é'.repeat(251) }, 'description must be'],
    ['a list as metadata', { metadata: [1] }, 'JSON object'],
    ['large metadata', { metadata: { a: 'x'.repeat(MAX_METADATA_BYTES) } }, 'bytes'],
    ['deep metadata', { metadata: deep(20) }, 'deeper'],
    ['metadata in a circle', { metadata: cyclic }, 'deeper'],
    ['a number that JSON lacks', { metadata: { a: Infinity } }, 'number'],
    ['what JSON lacks', { metadata: { a: 1n } }, 'JSON does not have'],
    ['half a character', { metadata: { a: '\ud800' } }, 'surrogate'],
    ['a password', { metadata: { login: { password: 'canary' } } }, 'secret'],
    ['an API key', { metadata: { 'api-key': 'canary' } }, 'secret'],
    ['a private key', { metadata: { a: '-----BEGIN RSA PRIVATE KEY-----canary' } }, 'secret'],
  ])('is refused where it is %s', (_name, value, says) => {
    const read = readDetailsChange(value)
    expect(read).toMatchObject({
      outcome: 'unreadable',
      reason: expect.stringContaining(says) as string,
    })
    expect(JSON.stringify(read)).not.toContain('canary')
  })

  it('stays where it is absent, and goes by null or by nothing in it', () => {
    const before = { tags: ['a'], owner: 'o', metadata: { a: 1 } }
    expect(changedDetails(before, {})).toEqual(before)
    expect(changedDetails(before, { owner: null, tags: [], description: 'd' })).toEqual({
      metadata: { a: 1 },
      description: 'd',
    })
    expect(isSameDetails(before, changedDetails(before, { owner: 'o' }))).toBe(true)
    expect(isSameDetails(before, changedDetails(before, { owner: 'p' }))).toBe(false)
  })

  it('is found by tags and owner, which no tag can pretend to be', () => {
    const values = toTagValues({ tags: ['b', 'c'], owner: 'user=42' })
    expect(values).toEqual(['b', 'c', 'owner=user=42'])
    expect(fromTagValues(values)).toEqual({ tags: ['b', 'c'], owner: 'user=42' })
    expect(fromTagValues([])).toEqual({ tags: [], owner: undefined })
  })
})

describe('who asks', () => {
  it.each([
    ['a name', 'anna', { name: 'anna' }],
    ['a name and a way', { name: 'anna', via: 'console' }, { name: 'anna', via: 'console' }],
    ['more than that', { name: 'anna', admin: true }, { name: 'anna' }],
    ['an empty name', { name: '' }, undefined],
    ['an escape', { name: 'a\u001b[2J' }, undefined],
    ['a long name', 'a'.repeat(201), undefined],
    ['a strange way', { name: 'anna', via: 7 }, undefined],
    ['nothing', undefined, undefined],
  ])('may be %s', (_name, value, expected) => {
    expect(readActor(value)).toEqual(expected)
  })

  it('stands in a sentence', () => {
    expect(formatActor({ name: 'anna@example.com', via: 'console' })).toBe(
      'anna@example.com by console',
    )
  })
})
