import { expect, it } from 'vitest'
import { findLeaks } from './evidence.js'

const canary = 'canary-planted-"quoted"-8f2e41'
const canaries = new Map([['planted', canary]])
const json = (data: Buffer) => JSON.stringify({ payloads: [{ data: data.toString('base64') }] })

it.each([
  ['in plain', `a line with ${canary} in it`],
  ['in base64', Buffer.from(canary).toString('base64')],
  ['in base64 of something longer', Buffer.from(`ab${canary}cd`).toString('base64')],
  ['in base64url', Buffer.from(canary).toString('base64url')],
  ['URL-encoded', `?token=${encodeURIComponent(canary)}`],
  ['JSON-escaped', JSON.stringify({ token: canary })],
  ['in a payload of a history', json(Buffer.from(JSON.stringify({ token: canary })))],
])('the search finds a planted secret %s', (_name, text) => {
  expect(findLeaks(text, canaries)).toEqual(['planted'])
})

it('the search finds nothing where there is nothing', () => {
  expect(findLeaks(`canary-planted-"quoted"-8f2e4`, canaries)).toEqual([])
})
