import type { CredentialSource } from '../../src/contract/credential.js'
import type { CancelLease, DefinitionNotice, LeaseRequest } from '../../src/contract/messages.js'
import { isSealed } from '../../src/contract/sealed.js'
import { isUndecodable } from '../../src/contract/undecodable.js'

/** Either the message, or the reason for refusing it; a reason never repeats what was sent. */
export type Read<T> =
  { readonly ok: true; readonly message: T } | { readonly ok: false; readonly reason: string }

export const refuse = (reason: string): Read<never> => ({ ok: false, reason })

const MAX_REFERENCE = 512
export const MAX_SEALED = 128 * 1024
const MAX_ID = 1000

export function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

export function isShortText(value: unknown, max: number): value is string {
  return typeof value === 'string' && value.length > 0 && value.length <= max
}

function isCount(value: unknown): value is number {
  return typeof value === 'number' && Number.isFinite(value) && value >= 0
}

export function readRecord(
  value: unknown,
  expected: string,
): Read<Readonly<Record<string, unknown>>> {
  if (isUndecodable(value))
    return refuse('the payload could not be decoded: is a codec missing on the keeper worker?')
  if (value === undefined || value === null) return refuse(`no argument; expected ${expected}`)
  return isRecord(value) ? { ok: true, message: value } : refuse(`expected ${expected}`)
}

/** `{"reference":"env:…"}` or `{"sealed":"tk1.…"}`. What the reference names is checked by an activity. */
export function readCredentialSource(value: unknown): Read<CredentialSource> {
  const expected = '{"reference":"env:TOKENKEEPER_SECRET_…"} or {"sealed":"tk1.…"}'
  const record = readRecord(value, expected)
  if (!record.ok) return record
  const { reference, sealed, allowOtherAccount } = record.message
  const allow = allowOtherAccount === true ? { allowOtherAccount } : {}
  if (reference !== undefined && sealed !== undefined)
    return refuse('both reference and sealed are given; expected one of them')
  if (isShortText(reference, MAX_REFERENCE)) return { ok: true, message: { reference, ...allow } }
  if (isSealed(sealed) && sealed.length <= MAX_SEALED)
    return { ok: true, message: { sealed, ...allow } }
  return refuse(
    sealed === undefined ? `expected ${expected}` : 'sealed is not a value sealed by tokenkeeper',
  )
}

export function readLeaseRequest(value: unknown): Read<LeaseRequest> {
  const record = readRecord(value, 'a lease request')
  if (!record.ok) return record
  const { requestId, replyTo, minValidityMs, knownGeneration, knownLine, rejected } = record.message
  if (!isShortText(requestId, MAX_ID)) return refuse('requestId is missing')
  if (typeof replyTo !== 'string' || replyTo.length > MAX_ID) return refuse('replyTo is missing')
  if (minValidityMs !== undefined && !isCount(minValidityMs))
    return refuse('minValidityMs is no duration')
  if (knownGeneration !== undefined && !isCount(knownGeneration))
    return refuse('knownGeneration is no number')
  const base = { requestId, replyTo, minValidityMs: minValidityMs ?? 0 }
  const known = {
    ...(knownGeneration === undefined ? {} : { knownGeneration }),
    ...(isShortText(knownLine, MAX_ID) ? { knownLine } : {}),
  }
  if (rejected === undefined) return { ok: true, message: { ...base, ...known } }
  if (!isRecord(rejected) || !isCount(rejected['generation']) || !isCount(rejected['status']))
    return refuse('rejected names no generation and status')
  const { generation, status, endpoint, fresh, outdated } = rejected
  const report = {
    generation: generation,
    status: status,
    ...(isShortText(endpoint, 200) ? { endpoint } : {}),
    ...(fresh === true ? { fresh: true } : {}),
    ...(outdated === true ? { outdated: true } : {}),
  }
  return { ok: true, message: { ...base, ...known, rejected: report } }
}

export function readCancelLease(value: unknown): Read<CancelLease> {
  const record = readRecord(value, '{"requestId":"…"}')
  if (!record.ok) return record
  const { requestId } = record.message
  return isShortText(requestId, MAX_ID)
    ? { ok: true, message: { requestId } }
    : refuse('requestId is missing')
}

export function readDefinitionNotice(value: unknown): Read<DefinitionNotice> {
  const record = readRecord(value, '{"fingerprint":"…"}')
  if (!record.ok) return record
  const { fingerprint } = record.message
  return isShortText(fingerprint, 64)
    ? { ok: true, message: { fingerprint } }
    : refuse('fingerprint is missing')
}

/** Commands take no argument; one that can't be decoded is refused all the same, the sender meant something. */
export function readNoArgument(value: unknown): Read<undefined> {
  if (isUndecodable(value))
    return refuse('the payload could not be decoded: is a codec missing on the keeper worker?')
  if (value === undefined || value === null) return { ok: true, message: undefined }
  if (isRecord(value) && Object.keys(value).length === 0) return { ok: true, message: undefined }
  return refuse('this signal takes no argument')
}
