import type { Payload, PayloadCodec } from '@temporalio/common'
import { TokenkeeperError } from '../../client/errors/tokenkeeper-error.js'
import { fromPayloadJson, readPayloads, toPayloadJson } from './payload-json.js'
import type { CodecSettings } from './temporal-settings.js'

const CODEC_TIMEOUT_MS = 10_000
/** Temporal takes no message that is larger; base64 adds a third. */
const MAX_CODEC_ANSWER_BYTES = 16 * 1024 * 1024

/**
 * A codec server as the codec of a client: the protocol that Temporal's CLI and Web UI speak
 * (https://docs.temporal.io/production-deployment/data-encryption#codec-server-setup), POST of payloads in
 * the JSON form of Protocol Buffers to `/encode` and `/decode`.
 */
export function createRemoteCodec(settings: CodecSettings, namespace: string): PayloadCodec {
  const endpoint = settings.endpoint
    .replaceAll('{namespace}', encodeURIComponent(namespace))
    .replace(/\/+$/, '')
  const headers = new Headers({ ...settings.headers, 'content-type': 'application/json' })
  headers.set('x-namespace', namespace)
  if (settings.auth !== undefined) headers.set('authorization', settings.auth)
  const { origin } = new URL(endpoint)
  const fail = (what: string): TokenkeeperError =>
    new TokenkeeperError('Unavailable', `The codec server at ${origin} ${what}.`)

  const send = async (way: 'encode' | 'decode', payloads: Payload[]): Promise<Payload[]> => {
    if (payloads.length === 0) return payloads
    const body = JSON.stringify({ payloads: payloads.map(toPayloadJson) })
    const response = await fetch(`${endpoint}/${way}`, {
      method: 'POST',
      headers,
      body,
      // What it is given is for this server alone.
      redirect: 'error',
      signal: AbortSignal.timeout(CODEC_TIMEOUT_MS),
    }).catch(() => {
      throw fail('does not answer: is it running there? Its address is --codec-endpoint')
    })
    if (!response.ok) {
      await response.body?.cancel()
      const next = [401, 403].includes(response.status) ? ': look at --codec-auth' : ''
      throw fail(`answered HTTP ${response.status} to /${way}${next}`)
    }
    const answer = readPayloads(await readBounded(response))
    if (answer?.length !== payloads.length)
      throw fail(`answered /${way} with something else than the payloads that it was sent`)
    return answer.map(fromPayloadJson)
  }
  return {
    encode: (payloads) => send('encode', payloads),
    decode: (payloads) => send('decode', payloads),
  }
}

/** Undefined for an answer that is none. */
async function readBounded(response: Response): Promise<unknown> {
  const chunks: Uint8Array[] = []
  let size = 0
  for await (const chunk of (response.body ?? []) as AsyncIterable<Uint8Array>) {
    size += chunk.byteLength
    if (size > MAX_CODEC_ANSWER_BYTES) return undefined
    chunks.push(chunk)
  }
  try {
    return JSON.parse(Buffer.concat(chunks).toString('utf8'))
  } catch {
    return undefined
  }
}
