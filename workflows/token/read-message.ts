import { type Actor, ACTOR_RULE, readActor } from '../../src/contract/actor.js'
import { readDetailsChange } from '../../src/contract/connection-details.js'
import type {
  Asked,
  CancelLease,
  ChangeDetails,
  DefinitionNotice,
  GivenCredential,
  LeaseRequest,
  Passed,
  RejectedGeneration,
} from '../../src/contract/messages.js'
import {
  isCount,
  isDurationMs,
  isGeneration,
  isPlainText,
  isTemporalId,
  isUndecodable,
  temporalIdRule,
} from '../../src/contract/outside-values.js'
import { isRecord } from '../../src/contract/plain-data.js'
import { isSealed } from '../../src/contract/sealed.js'

/** Either the message, or the reason for refusing it; a reason never repeats what was sent. */
export type Read<T> =
  | { readonly outcome: 'read'; readonly message: T }
  | { readonly outcome: 'unreadable'; readonly reason: string }

export const unreadable = (reason: string): Read<never> => ({ outcome: 'unreadable', reason })

const MAX_REFERENCE = 512
export const MAX_SEALED = 128 * 1024
const MAX_REQUEST_ID = 200
const MAX_RUN_ID = 100
const MAX_ENDPOINT = 200
const MAX_FINGERPRINT = 64
const MAX_KEYS = 100
const MAX_STATUS = 999

export function replyToRule(maxIdBytes?: number): string {
  return `replyTo must be empty or the id of a workflow: ${temporalIdRule(maxIdBytes)}`
}

export function readRecord(
  value: unknown,
  expected: string,
): Read<Readonly<Record<string, unknown>>> {
  if (isUndecodable(value))
    return unreadable('the payload could not be decoded: is a codec missing on the keeper worker?')
  if (value === undefined || value === null) return unreadable(`no argument; expected ${expected}`)
  return isRecord(value) ? { outcome: 'read', message: value } : unreadable(`expected ${expected}`)
}

/** Who asks, where the message says so. */
export function readAsker({ actor }: Readonly<Record<string, unknown>>): Read<Actor | undefined> {
  if (actor === undefined || actor === null) return { outcome: 'read', message: undefined }
  const read = readActor(actor)
  return read === undefined
    ? unreadable(`actor is none: ${ACTOR_RULE}`)
    : { outcome: 'read', message: read }
}

/** What a message wants to be said of the connection, where it does. */
export function readDetails(value: unknown): Read<ChangeDetails['change'] | undefined> {
  if (value === undefined || value === null) return { outcome: 'read', message: undefined }
  const read = readDetailsChange(value)
  return read.outcome === 'read' ? { outcome: 'read', message: read.change } : read
}

export function readChangeDetails(value: unknown): Read<ChangeDetails> {
  const record = readRecord(value, '{"change":{"tags":["customer:4711"]}}')
  if (record.outcome === 'unreadable') return record
  const actor = readAsker(record.message)
  if (actor.outcome === 'unreadable') return actor
  const change = readDetails(record.message['change'])
  if (change.outcome === 'unreadable') return change
  if (change.message === undefined || Object.keys(change.message).length === 0)
    return unreadable('there is nothing to change: give tags, owner, description or metadata')
  return { outcome: 'read', message: { change: change.message, actor: actor.message } }
}

/** `{"reference":"env:…"}` or `{"sealed":"tk1.…"}`. What the reference names is checked by an activity. */
export function readGivenCredential(value: unknown): Read<GivenCredential> {
  const expected = '{"reference":"env:TOKENKEEPER_SECRET_…"} or {"sealed":"tk1.…"}'
  const record = readRecord(value, expected)
  if (record.outcome === 'unreadable') return record
  const { reference, sealed, allowOtherAccount } = record.message
  const actor = readAsker(record.message)
  if (actor.outcome === 'unreadable') return actor
  const details = readDetails(record.message['details'])
  if (details.outcome === 'unreadable') return details
  const beside = {
    allowOtherAccount: allowOtherAccount === true ? true : undefined,
    actor: actor.message,
    details: details.message,
  }
  if (reference !== undefined && sealed !== undefined)
    return unreadable('both reference and sealed are given; expected one of them')
  if (isPlainText(reference, MAX_REFERENCE))
    return { outcome: 'read', message: { reference, ...beside } }
  if (isSealed(sealed) && sealed.length <= MAX_SEALED)
    return { outcome: 'read', message: { sealed, ...beside } }
  return unreadable(
    sealed === undefined ? `expected ${expected}` : 'sealed is not a value sealed by tokenkeeper',
  )
}

/** @param maxIdBytes how long workflow ids may be on this cluster */
export function readLeaseRequest(value: unknown, maxIdBytes?: number): Read<LeaseRequest> {
  const record = readRecord(value, 'a lease request')
  if (record.outcome === 'unreadable') return record
  const { requestId, replyTo, minValidityMs = 0, askAgainMs } = record.message
  const { knownGeneration, knownFirstExecutionRunId, rejected } = record.message
  if (!isPlainText(requestId, MAX_REQUEST_ID))
    return unreadable(`requestId must be a text of 1 to ${MAX_REQUEST_ID} bytes`)
  if (replyTo !== '' && !isTemporalId(replyTo, maxIdBytes))
    return unreadable(replyToRule(maxIdBytes))
  if (!isDurationMs(minValidityMs)) return unreadable('minValidityMs is no duration')
  if (askAgainMs !== undefined && !isDurationMs(askAgainMs))
    return unreadable('askAgainMs is no duration')
  if (knownGeneration !== undefined && !isGeneration(knownGeneration))
    return unreadable('knownGeneration is no number of a generation')
  if (knownFirstExecutionRunId !== undefined && !isPlainText(knownFirstExecutionRunId, MAX_RUN_ID))
    return unreadable('knownFirstExecutionRunId is no run id')
  const report = rejected === undefined ? undefined : readRejection(rejected)
  if (report?.outcome === 'unreadable') return report
  return {
    outcome: 'read',
    message: {
      requestId,
      replyTo,
      minValidityMs,
      askAgainMs,
      knownGeneration,
      knownFirstExecutionRunId,
      rejected: report?.message,
    },
  }
}

/** What else a sender puts there is not kept: it has no budget. */
function readPassed(value: unknown): Passed | undefined {
  if (!isRecord(value) || !isGeneration(value['generation'])) return undefined
  const { generation, agoMs } = value
  return isDurationMs(agoMs) ? { generation, agoMs } : undefined
}

function readRejection(value: unknown): Read<RejectedGeneration> {
  if (!isRecord(value)) return unreadable('rejected names no generation and status')
  const { generation, status, endpoint, by, outdated, keyId } = value
  if (!isGeneration(generation) || !isCount(status, MAX_STATUS))
    return unreadable('rejected names no generation and status')
  return {
    outcome: 'read',
    message: {
      generation,
      status,
      endpoint: isPlainText(endpoint, MAX_ENDPOINT) ? endpoint : undefined,
      passed: readPassed(value['passed']),
      by: isPlainText(by, MAX_ENDPOINT) ? by : undefined,
      outdated: outdated === true ? true : undefined,
      keyId: isKeyId(keyId) ? keyId : undefined,
    },
  }
}

export function readCancelLease(value: unknown): Read<CancelLease> {
  const record = readRecord(value, '{"requestId":"…"}')
  if (record.outcome === 'unreadable') return record
  const { requestId } = record.message
  return isPlainText(requestId, MAX_REQUEST_ID)
    ? { outcome: 'read', message: { requestId } }
    : unreadable('requestId is missing')
}

export function readDefinitionNotice(value: unknown): Read<DefinitionNotice> {
  const record = readRecord(value, '{"fingerprint":"…"}')
  if (record.outcome === 'unreadable') return record
  const { fingerprint, keyIds, notices } = record.message
  if (!isPlainText(fingerprint, MAX_FINGERPRINT)) return unreadable('fingerprint is missing')
  if (notices !== undefined && typeof notices !== 'boolean')
    return unreadable('notices is neither true nor false')
  if (keyIds === undefined) return { outcome: 'read', message: { fingerprint, notices } }
  return Array.isArray(keyIds) && keyIds.length <= MAX_KEYS && keyIds.every(isKeyId)
    ? { outcome: 'read', message: { fingerprint, keyIds, notices } }
    : unreadable(`keyIds is no list of ids of sealing keys, at most ${MAX_KEYS}`)
}

function isKeyId(value: unknown): value is string {
  return typeof value === 'string' && /^[0-9a-f]{16}$/.test(value)
}

/** A removal can't be undone: it names its connection, so that no click and no mistyped name removes one. */
export function readRemoval(value: unknown, connection: string): Read<Asked> {
  const expected = `{"connection":"${connection}"}`
  const record = readRecord(value, expected)
  if (record.outcome === 'unreadable') return record
  if (record.message['connection'] !== connection)
    return unreadable(`it can't be undone: to remove the connection name it, ${expected}`)
  const actor = readAsker(record.message)
  return actor.outcome === 'read' ? { outcome: 'read', message: { actor: actor.message } } : actor
}

/** Commands need no argument; what else is given is refused, for the sender meant something. */
export function readAsked(value: unknown): Read<Asked> {
  if (value === undefined || value === null) return { outcome: 'read', message: {} }
  const record = readRecord(value, '{"actor":{"name":"…"}} or no argument')
  if (record.outcome === 'unreadable') return record
  if (Object.keys(record.message).some((name) => name !== 'actor'))
    return unreadable('this message takes no argument but {"actor":{"name":"…"}}')
  const actor = readAsker(record.message)
  return actor.outcome === 'read' ? { outcome: 'read', message: { actor: actor.message } } : actor
}
