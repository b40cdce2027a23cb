import { isPlainText } from './outside-values.js'
import { isRecord } from './plain-data.js'

/**
 * Who asked for something, as the sender says. Temporal tells workflow code nothing of who sent a message,
 * and whoever may send one may say any name: it is a claim, and is shown as one.
 */
export interface Actor {
  /** A person (`anna@example.com`), or what the client calls itself; at most 200 bytes. */
  readonly name: string
  /** What it was done with: `cli`, `console`, `client`, `connect page` …; at most 40 bytes. */
  readonly via?: string | undefined
}

const MAX_ACTOR = 200
const MAX_VIA = 40

/** What an actor may look like, for messages. */
export const ACTOR_RULE = `{"name":"…","via":"…"}: a name of at most ${MAX_ACTOR} bytes, and at most ${MAX_VIA} for what it was done with`

/** Undefined where it is no actor; a text alone is a name. */
export function readActor(value: unknown): Actor | undefined {
  const { name, via } = isRecord(value) ? value : { name: value, via: undefined }
  if (!isPlainText(name, MAX_ACTOR)) return undefined
  if (via === undefined) return { name }
  return isPlainText(via, MAX_VIA) ? { name, via } : undefined
}

/** `anna@example.com by console`, as it stands in a sentence; what it says is not proved. */
export function formatActor({ name, via }: Actor): string {
  return via === undefined ? name : `${name} by ${via}`
}
