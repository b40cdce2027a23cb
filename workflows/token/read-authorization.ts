import type { BeginAuthorization, CompleteAuthorization } from '../../src/contract/authorization.js'
import { utf8Length } from '../../src/contract/outside-values.js'
import { isSealed } from '../../src/contract/sealed.js'
import { isRecord } from '../../src/contract/plain-data.js'
import {
  MAX_SEALED,
  type Read,
  readAsker,
  readDetails,
  readRecord,
  unreadable,
} from './read-message.js'

const HASH = /^[A-Za-z0-9_-]{43}$/
const ERROR = /^[A-Za-z][A-Za-z0-9_.-]{0,63}$/
const VISIBLE = /^[\x20-\x7e]+$/
const MAX_TEXT = 4000
const MAX_VARIABLES = 20
const MAX_VARIABLES_BYTES = 16 * 1024
/** A verifier has at most 128 characters (RFC 7636 section 4.1). */
const MAX_VERIFIER = 4096

function isHash(value: unknown): value is string {
  return typeof value === 'string' && HASH.test(value)
}

function isLine(value: unknown): value is string {
  return typeof value === 'string' && value.length <= MAX_TEXT && VISIBLE.test(value)
}

function isTexts(value: unknown): value is Readonly<Record<string, string>> {
  if (!isRecord(value)) return false
  const entries = Object.entries(value)
  const texts = entries.flat()
  if (entries.length > MAX_VARIABLES || !texts.every((one) => isLine(one))) return false
  return utf8Length(texts.join('')) <= MAX_VARIABLES_BYTES
}

export function readBeginAuthorization(value: unknown): Read<BeginAuthorization> {
  const record = readRecord(value, 'what TokenkeeperClient.beginAuthorization sends')
  if (!record.ok) return record
  const { stateHash, bindingHash, codeChallenge, sealedVerifier, redirectUri } = record.message
  const { scope, variables, allowOtherAccount } = record.message
  if (!isHash(stateHash) || !isHash(bindingHash) || !isHash(codeChallenge))
    return unreadable('stateHash, bindingHash and codeChallenge must be SHA-256 in base64url')
  if (!isSealed(sealedVerifier) || sealedVerifier.length > MAX_VERIFIER)
    return unreadable('sealedVerifier is not a value sealed by tokenkeeper')
  if (!isLine(redirectUri)) return unreadable('redirectUri is missing')
  if (scope !== undefined && !isLine(scope)) return unreadable('scope is no line of text')
  if (variables !== undefined && !isTexts(variables))
    return unreadable('variables are no texts by name')
  const actor = readAsker(record.message)
  if (!actor.ok) return actor
  const details = readDetails(record.message['details'])
  if (!details.ok) return details
  return {
    ok: true,
    message: {
      stateHash,
      bindingHash,
      codeChallenge,
      sealedVerifier,
      redirectUri,
      scope,
      variables,
      allowOtherAccount: allowOtherAccount === true ? true : undefined,
      actor: actor.message,
      details: details.message,
    },
  }
}

export function readCompleteAuthorization(value: unknown): Read<CompleteAuthorization> {
  const record = readRecord(value, 'what TokenkeeperClient.completeAuthorization sends')
  if (!record.ok) return record
  const { stateHash, bindingHash, redirectUri, iss, answer } = record.message
  if (!isHash(stateHash) || !isHash(bindingHash))
    return unreadable('stateHash and bindingHash must be SHA-256 in base64url')
  if (!isLine(redirectUri)) return unreadable('redirectUri is missing')
  if (iss !== undefined && !isLine(iss)) return unreadable('iss is no line of text')
  const read = readCallbackAnswer(answer)
  if (read === undefined)
    return unreadable('answer is neither sealed by tokenkeeper nor an error code')
  return { ok: true, message: { stateHash, bindingHash, redirectUri, iss, answer: read } }
}

function readCallbackAnswer(answer: unknown): CompleteAuthorization['answer'] | undefined {
  if (!isRecord(answer)) return undefined
  const { sealed, error } = answer
  if (error === undefined)
    return isSealed(sealed) && sealed.length <= MAX_SEALED ? { sealed } : undefined
  return typeof error === 'string' && ERROR.test(error) && sealed === undefined
    ? { error }
    : undefined
}
