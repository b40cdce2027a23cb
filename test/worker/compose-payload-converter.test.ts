import { statSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname } from 'node:path'
import { fileURLToPath } from 'node:url'
import {
  defaultPayloadConverter,
  type Payload,
  type PayloadConverter,
  RawValue,
} from '@temporalio/common'
import { describe, expect, it } from 'vitest'
import { isUndecodable } from '../../src/contract/outside-values.js'
import { composePayloadConverter } from '../../src/worker/compose-payload-converter.js'
import { tolerantConverterPath } from '../../src/worker/workflow-files.js'

const load = createRequire(import.meta.url)
const USERS = fileURLToPath(new URL('fixtures/shouting-converter.cjs', import.meta.url))
const WORKFLOW = { type: 'workflow', namespace: 'default', workflowId: 'token:erp:a' } as const
const ACTIVITY = { type: 'activity', namespace: 'default', isLocal: false } as const

function converterAt(path: string): PayloadConverter {
  return (load(path) as { payloadConverter: PayloadConverter }).payloadConverter
}

function payload(encoding: string, data: string): Payload {
  return { metadata: { encoding: Buffer.from(encoding) }, data: Buffer.from(data) }
}

describe.each([
  ['alone', () => converterAt(composePayloadConverter(undefined))],
  ["with a user's own", () => converterAt(composePayloadConverter(USERS))],
])('the tolerant converter %s', (_name, make) => {
  it.each([
    ['binary/encrypted', 'x', 'binary/encrypted'],
    ['json/plain', '{"reference":', 'json/plain'],
    ['json/protobuf', '{}', 'json/protobuf'],
    ['odd\n encoding', '', 'odd??encoding'],
  ])('gives a marker for %j holding %j', (encoding, data, marker) => {
    const value = make().fromPayload(payload(encoding, data), WORKFLOW)
    expect(value).toEqual({ __tokenkeeperUndecodable: marker })
    expect(isUndecodable(value)).toBe(true)
  })

  it('gives a marker for a payload without metadata', () => {
    expect(make().fromPayload({}, WORKFLOW)).toEqual({ __tokenkeeperUndecodable: 'none' })
  })

  it('gives a marker for an encoding without a byte, which comes from history as an empty array', () => {
    const empty = { metadata: { encoding: [] as unknown as Uint8Array }, data: Buffer.from('x') }
    expect(make().fromPayload(empty, WORKFLOW)).toEqual({ __tokenkeeperUndecodable: 'none' })
  })

  it('stays strict for results and arguments of activities', () => {
    expect(() => make().fromPayload(payload('binary/encrypted', 'x'), ACTIVITY)).toThrow(
      'Unknown encoding',
    )
  })

  it('otherwise behaves as the default one', () => {
    const converter = make()
    const raw = new RawValue({ a: 1 })
    for (const value of [{ a: [1, null] }, 7, true, undefined, raw]) {
      const made = converter.toPayload(value, WORKFLOW)
      expect(made).toEqual(defaultPayloadConverter.toPayload(value))
      expect(converter.fromPayload(made, WORKFLOW)).toEqual(
        defaultPayloadConverter.fromPayload(made),
      )
    }
    expect(() => converter.toPayload(1n)).toThrow('Unable to convert')
  })
})

describe('composePayloadConverter', () => {
  it("keeps the user's encodings", () => {
    const converter = converterAt(composePayloadConverter(USERS))
    const made = converter.toPayload('hello')
    expect(Buffer.from(made.metadata?.['encoding'] ?? []).toString()).toBe('text/shouting')
    expect(converter.fromPayload(made)).toBe('HELLO')
  })

  it('writes into a folder of this user only', () => {
    const path = composePayloadConverter(USERS)
    expect(statSync(dirname(path)).mode & 0o777).toBe(0o700)
    expect(statSync(path).mode & 0o777).toBe(0o600)
  })

  it('does not wrap its own converter again', () => {
    expect(composePayloadConverter(tolerantConverterPath())).toBe(tolerantConverterPath())
  })

  it('names the option of a module that is missing or has no converter', () => {
    expect(() => composePayloadConverter('/nowhere/converter.cjs')).toThrow(
      'dataConverter.payloadConverterPath',
    )
    const path = fileURLToPath(new URL('fixtures/no-converter.cjs', import.meta.url))
    expect(() => converterAt(composePayloadConverter(path))).toThrow(
      'payloadConverterPath has no named export payloadConverter',
    )
  })
})
