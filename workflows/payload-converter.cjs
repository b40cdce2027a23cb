'use strict'

const { defaultPayloadConverter } = require('@temporalio/common')

/**
 * Wraps a payload converter so that a payload which it can't decode becomes a marker
 * `{ __tokenkeeperUndecodable: encoding }` instead of an error: an error in a signal's payload would
 * stall the workflow for ever, before any handler could see it.
 *
 * @param {import('@temporalio/common').PayloadConverter} inner
 * @returns {import('@temporalio/common').PayloadConverter}
 */
function tolerant(inner) {
  return {
    toPayload: (value, ...context) => inner.toPayload(value, ...context),
    fromPayload: (payload, ...context) => {
      try {
        return inner.fromPayload(payload, ...context)
      } catch {
        return { __tokenkeeperUndecodable: encodingOf(payload) }
      }
    },
  }
}

/** @param {import('@temporalio/common').Payload} payload */
function encodingOf(payload) {
  const encoding = payload.metadata?.encoding
  return encoding ? String.fromCharCode(...encoding.slice(0, 80)) : 'unknown'
}

exports.tolerant = tolerant
exports.payloadConverter = tolerant(defaultPayloadConverter)
