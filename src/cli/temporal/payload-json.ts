import type { Payload } from '@temporalio/common'
import { isRecord } from '../../contract/plain-data.js'

/** A payload in the JSON form of Protocol Buffers: its bytes are base64. */
export interface PayloadJson {
  readonly metadata: Readonly<Record<string, string>>
  readonly data: string
}

export function toPayloadJson({ metadata, data }: Payload): PayloadJson {
  const entries = Object.entries(metadata ?? {}).map(([key, value]) => [key, toBase64(value)])
  return {
    metadata: Object.fromEntries(entries) as Record<string, string>,
    data: toBase64(data ?? new Uint8Array()),
  }
}

/** The payloads of a request or an answer of the codec protocol; undefined where it is none. */
export function readPayloads(body: unknown): PayloadJson[] | undefined {
  const payloads = isRecord(body) ? body['payloads'] : undefined
  if (!Array.isArray(payloads)) return undefined
  const read = payloads.map(readPayload)
  return read.every((payload) => payload !== undefined) ? read : undefined
}

/** Other members stay: newer clients know more of them. */
function readPayload(value: unknown): PayloadJson | undefined {
  if (!isRecord(value)) return undefined
  // The JSON form leaves out what is empty.
  const { metadata = {}, data = '' } = value
  if (!isRecord(metadata) || typeof data !== 'string') return undefined
  const entries = Object.entries(metadata)
  if (!entries.every((entry): entry is [string, string] => typeof entry[1] === 'string'))
    return undefined
  return { ...value, metadata: Object.fromEntries(entries), data }
}

export function fromPayloadJson({ metadata, data }: PayloadJson): Payload {
  const entries = Object.entries(metadata)
  return {
    metadata: Object.fromEntries(entries.map(([key, text]) => [key, Buffer.from(text, 'base64')])),
    data: Buffer.from(data, 'base64'),
  }
}

function toBase64(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('base64')
}
