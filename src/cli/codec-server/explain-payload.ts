import { isRecord } from '../../contract/plain-data.js'
import { parseConnection } from '../../contract/connection-ref.js'
import { isGeneration } from '../../contract/outside-values.js'
import { isSealed, SEALED_BY, type SealPurpose } from '../../contract/sealed.js'
import type { PayloadJson } from '../temporal/payload-json.js'

/** The one member of what is shown in the place of a sealed value. */
const SHOWN_AS = 'sealedValue'

/** A text of JSON that is a sealed value, and no key. Its characters are never escaped. */
const SEALED_TEXT = /(?<!\\)"(tk1\.[0-9a-f]{16}\.[\w-]{43}\.[\w-]{22,})"(?!\s*:)/g

/**
 * A payload with what each sealed value is in its place. All else stays as it was, character by character:
 * numbers of JSON are not read as numbers of JavaScript.
 */
export function explainPayload(payload: PayloadJson): PayloadJson {
  const json = jsonOfPayload(payload)
  if (json?.text.includes('tk1.') !== true) return payload
  const found = findSealed(json.value)
  const explained = json.text.replace(SEALED_TEXT, (quoted, sealed: string) => {
    const place = found.get(sealed)
    return place === undefined ? quoted : JSON.stringify({ [SHOWN_AS]: place })
  })
  return { ...payload, data: Buffer.from(explained, 'utf8').toString('base64') }
}

/** Whether a payload holds what was shown in the place of a sealed value: sent back, the value would be lost. */
export function holdsExplained(payload: PayloadJson): boolean {
  const open: unknown[] = [jsonOfPayload(payload)?.value]
  for (let value = open.pop(); value !== undefined; value = open.pop()) {
    if (!isRecord(value) && !Array.isArray(value)) continue
    const shown = isRecord(value) ? value[SHOWN_AS] : undefined
    if (isRecord(shown) && typeof shown['keyId'] === 'string') return true
    const members: readonly unknown[] = Object.values(value)
    for (const member of members) if (typeof member === 'object') open.push(member)
  }
  return false
}

/** Undefined where it is no JSON. */
function jsonOfPayload({
  metadata,
  data,
}: PayloadJson): { text: string; value: unknown } | undefined {
  if (Buffer.from(metadata['encoding'] ?? '', 'base64').toString() !== 'json/plain')
    return undefined
  try {
    const text = new TextDecoder('utf-8', { fatal: true }).decode(Buffer.from(data, 'base64'))
    return { text, value: JSON.parse(text) as unknown }
  } catch {
    return undefined
  }
}

/** What a sealed value is, as far as the payload around it says so: nothing of it is opened, nothing is proved. */
interface SealedPlace {
  /** `shopify/acme`; absent where the payload names none: it is the one of the workflow. */
  readonly connection?: string | undefined
  readonly purpose?: SealPurpose | undefined
  /** Of a token. */
  readonly generation?: number | undefined
  readonly keyId: string
  /** Size of the ciphertext. */
  readonly bytes: number
}

/** What holds for everything inside an object. */
interface Surroundings {
  readonly connection?: string | undefined
  readonly generation?: number | undefined
}

interface PayloadVisit {
  readonly value: unknown
  readonly key: string
  readonly holder: Readonly<Record<string, unknown>>
  /** The key of the holder, or of the list that it is in. */
  readonly holderKey: string
  readonly around: Surroundings
}

const NO_HOLDER: PayloadVisit['holder'] = {}

/** Every sealed value in a payload, with what its place says of it. */
function findSealed(payload: unknown): ReadonlyMap<string, SealedPlace> {
  const found = new Map<string, SealedPlace>()
  // A list of what is to be visited, since JSON may be nested deeper than calls may be.
  const visits: PayloadVisit[] = [
    { value: payload, key: '', holder: NO_HOLDER, holderKey: '', around: {} },
  ]
  for (let visit = visits.pop(); visit !== undefined; visit = visits.pop()) {
    const { value, key, holderKey, holder, around } = visit
    if (isSealed(value)) {
      const before = found.get(value)
      const place = placeOf(value, visit)
      found.set(value, {
        ...place,
        connection: before?.connection ?? place.connection,
        purpose: before?.purpose ?? place.purpose,
        generation: before?.generation ?? place.generation,
      })
    } else if (Array.isArray(value)) {
      for (const item of value) visits.push({ value: item, key, holder, holderKey, around })
    } else if (isRecord(value)) {
      const inside = surroundings(value, around)
      for (const [name, member] of Object.entries(value))
        visits.push({ value: member, key: name, holder: value, holderKey: key, around: inside })
    }
  }
  return found
}

function surroundings(holder: PayloadVisit['holder'], around: Surroundings): Surroundings {
  const { connection, generation } = holder
  const isNamed = parseConnection(connection) !== undefined
  return {
    connection: isNamed ? (connection as string) : around.connection,
    generation: isGeneration(generation) ? generation : around.generation,
  }
}

function placeOf(sealed: string, visit: PayloadVisit): SealedPlace {
  const purpose = purposeOf(visit)
  const { connection, generation } = visit.around
  const [, keyId = '', , ciphertext = ''] = sealed.split('.')
  return {
    connection,
    purpose,
    generation: purpose === 'token' ? generation : undefined,
    keyId,
    bytes: Math.floor((ciphertext.length * 3) / 4),
  }
}

/** By the names that `src/contract` and the state of a token workflow give to what holds sealed values. */
const PURPOSES: Readonly<Record<string, SealPurpose>> = {
  grant: 'grant',
  previous: 'grant',
  token: 'token',
  markKey: 'mark-key',
  sealedVerifier: 'verifier',
  kept: 'answer',
}

function purposeOf({ key, holder, holderKey }: PayloadVisit): SealPurpose | undefined {
  if (key !== 'sealed') return Object.hasOwn(PURPOSES, key) ? PURPOSES[key] : undefined
  const { purpose } = holder
  if (typeof purpose === 'string' && Object.hasOwn(SEALED_BY, purpose))
    return purpose as SealPurpose
  if (holderKey === 'keptAnswers') return 'answer'
  if (holderKey === 'grant') return 'grant'
  if ('issuedAtMs' in holder) return 'token'
  return holder['outcome'] === 'previewed' ? 'preview' : 'credential'
}
