import { isRecord } from '../../contract/plain-data.js'
import type { PayloadJson } from '../temporal/payload-json.js'
import { findSealed } from './sealed-places.js'

/** The one member of what is shown in the place of a sealed value. */
const SHOWN_AS = 'sealedValue'

/** A text of JSON that is a sealed value, and no key. Its characters are never escaped. */
const SEALED_TEXT = /(?<!\\)"(tk1\.[0-9a-f]{16}\.[\w-]{43}\.[\w-]{22,})"(?!\s*:)/g

/**
 * A payload with what each sealed value is in its place. All else stays as it was, character by character:
 * numbers of JSON are not read as numbers of JavaScript.
 */
export function explainPayload(payload: PayloadJson): PayloadJson {
  const json = readJson(payload)
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
  const open: unknown[] = [readJson(payload)?.value]
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
function readJson({ metadata, data }: PayloadJson): { text: string; value: unknown } | undefined {
  if (Buffer.from(metadata['encoding'] ?? '', 'base64').toString() !== 'json/plain')
    return undefined
  try {
    const text = new TextDecoder('utf-8', { fatal: true }).decode(Buffer.from(data, 'base64'))
    return { text, value: JSON.parse(text) as unknown }
  } catch {
    return undefined
  }
}
