import type { Client } from '@temporalio/client'
import type { Payload, SerializationContext } from '@temporalio/common'

/** What stands in Temporal's messages where values are. */
export type PayloadList = { readonly payloads?: Payload[] | null | undefined } | null | undefined

/** @param owner whose payloads they are: codecs may bind them to it */
export type DecodePayloads = (
  list: PayloadList,
  owner: SerializationContext,
) => Promise<readonly unknown[]>

/** Reads payloads with the codecs and the converter of the caller's own client. */
export function payloadDecoder(client: Client): DecodePayloads {
  const { payloadCodecs, payloadConverter } = client.options.loadedDataConverter
  return async (list, owner) => {
    let payloads = list?.payloads ?? []
    if (payloads.length === 0) return []
    for (const codec of payloadCodecs.toReversed()) payloads = await codec.decode(payloads, owner)
    return payloads.map((payload) => payloadConverter.fromPayload<unknown>(payload, owner))
  }
}
