'use strict'
// CommonJS, because Temporal loads payload converters with require() and by webpack alike.
const { defaultPayloadConverter } = require('@temporalio/common')

/** The encoding that a payload claims, made safe to repeat in a life story. */
function encodingOf(payload) {
  const bytes = payload?.metadata?.encoding
  if (bytes === undefined || bytes === null || bytes.length === 0) return 'none'
  // No bytes at all are read from history as an empty array, which is no Uint8Array.
  const text = String.fromCharCode(...Array.from(bytes).slice(0, 64))
  return text.replace(/[^\x21-\x7e]/g, '?')
}

/**
 * A payload converter that behaves as `inner`, but for payloads addressed to a workflow (signals,
 * updates) that `inner` can't decode: those become a marker, see `src/contract/outside-values.ts`.
 * Results of activities stay strict: a missing codec there is mended by retrying the workflow task.
 */
function tolerant(inner) {
  if (typeof inner?.toPayload !== 'function' || typeof inner.fromPayload !== 'function')
    throw new TypeError('the module of payloadConverterPath has no named export payloadConverter')
  const converter = {
    toPayload: (...args) => inner.toPayload(...args),
    fromPayload: (payload, context, ...rest) => {
      try {
        return inner.fromPayload(payload, context, ...rest)
      } catch (error) {
        if (context !== undefined && context.type !== 'workflow') throw error
        return { __tokenkeeperUndecodable: encodingOf(payload) }
      }
    },
  }
  if (typeof inner.validateConverterHint === 'function')
    converter.validateConverterHint = (hint) => inner.validateConverterHint(hint)
  return converter
}

exports.tolerant = tolerant
// By this text a keeper worker finds the converter in a workflow bundle of the user's own.
exports.mark = 'tokenkeeper: tolerant payload converter'
exports.payloadConverter = tolerant(defaultPayloadConverter)
