import { createHash, randomBytes } from 'node:crypto'
import {
  type ConnectionRef,
  formatConnection,
  parseConnection,
} from '../contract/connection-ref.js'

/** A state of an authorization: what is secret in it, and which connection it is for. */
export interface AuthorizationState {
  readonly random: string
  readonly ref: ConnectionRef
}

const RANDOM = /^[A-Za-z0-9_-]{43}$/
const MAX_STATE = 600

/** 256 random bits in base64url. */
export function randomText(): string {
  return randomBytes(32).toString('base64url')
}

/** BASE64URL(SHA256(text)): the code challenge of RFC 7636 section 4.2, and how states are told to the workflow. */
export function hashText(text: string): string {
  return createHash('sha256').update(text).digest('base64url')
}

/** `<random>.<base64url of connector/account>`: a callback finds its connection without a database. */
export function formatState({ random, ref }: AuthorizationState): string {
  return `${random}.${Buffer.from(formatConnection(ref)).toString('base64url')}`
}

/** Undefined for whatever {@link formatState} does not make. */
export function parseState(state: unknown): AuthorizationState | undefined {
  if (typeof state !== 'string' || state.length > MAX_STATE) return undefined
  const [random = '', encoded = '', ...rest] = state.split('.')
  const name = Buffer.from(encoded, 'base64url').toString('utf8')
  const ref = parseConnection(name)
  if (rest.length > 0 || !RANDOM.test(random) || ref === undefined) return undefined
  // One text a connection: the decoder takes more than one.
  return formatState({ random, ref }) === state ? { random, ref } : undefined
}
