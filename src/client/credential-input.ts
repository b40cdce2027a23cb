import type { CredentialSource } from '../contract/credential.js'
import { isSealed, type Sealed } from '../contract/sealed.js'
import type { Seals } from '../sealing/sealer.js'
import { Secret } from '../sealing/secret.js'
import { TokenkeeperError } from './errors/tokenkeeper-error.js'

/** A secret as the caller has it; either way it is sealed before it leaves this process. */
export type SecretText = string | Secret

/**
 * A credential: the fields of the connector's kind (`{ refreshToken }`, `{ apiKey }`,
 * `{ username, password }`, `{ clientId, clientSecret }`, or what a kind of your own declares), a
 * `{ reference }` that the keeper worker resolves (`env:TOKENKEEPER_SECRET_ERP`), or a `{ sealed }`
 * value made for this connection with purpose `credential`. `{}` where the definition has all secrets.
 */
export type CredentialInput =
  | { readonly reference: string }
  | { readonly sealed: Sealed }
  | { readonly refreshToken: SecretText }
  | { readonly apiKey: SecretText }
  | { readonly username: SecretText; readonly password: SecretText }
  | { readonly clientId?: SecretText; readonly clientSecret: SecretText }
  | Readonly<Record<string, SecretText>>

const REFERENCE_FORM = /^(?:env:[A-Za-z_][A-Za-z0-9_]*|file:\/[^\0]+)$/
/** How the fields of a credential are named. */
export const CREDENTIAL_FIELD = /^[A-Za-z][A-Za-z0-9_]{0,63}$/

/**
 * Turns a credential into what a message may carry: fields are sealed as one JSON object.
 * @throws TokenkeeperError `InvalidInput`, `NoPublicKey`; no message repeats a value
 */
export async function toCredentialSource(
  input: CredentialInput,
  connection: string,
  sealer: Seals | undefined,
): Promise<CredentialSource> {
  const fields = new Map<string, unknown>(Object.entries(readObject(input, connection)))
  const refuse = (message: string) => new TokenkeeperError('InvalidInput', message, connection)
  if (fields.has('reference') || fields.has('sealed')) {
    const reference = fields.get('reference')
    const sealed = fields.get('sealed')
    if (fields.size > 1)
      throw refuse(`The credential of ${connection} mixes reference or sealed with other fields.`)
    if (typeof reference === 'string' && REFERENCE_FORM.test(reference)) return { reference }
    if (isSealed(sealed)) return { sealed }
    throw refuse(
      fields.has('reference')
        ? `The reference for ${connection} is none; write 'env:NAME' or 'file:/absolute/path'.`
        : `The sealed value for ${connection} is none; make it with createSealer(publicKey).seal.`,
    )
  }
  const clear: Record<string, string> = {}
  for (const [name, value] of fields) {
    if (!CREDENTIAL_FIELD.test(name))
      throw refuse(`A field of the credential of ${connection} has no name.`)
    const text = value instanceof Secret ? value.reveal() : value
    // A password may be empty where the kind lets it; the keeper worker knows.
    if (text === '' && name !== 'password')
      throw refuse(
        `The field ${name} of the credential of ${connection} is empty: give its value, and look where it comes from.`,
      )
    if (typeof text !== 'string')
      throw refuse(
        `The field ${name} of the credential of ${connection} is no text. To have the keeper worker look it up, give { reference: 'env:NAME' } alone.`,
      )
    if (name === 'secret' && fields.size === 1 && REFERENCE_FORM.test(text))
      throw refuse(`secret('…') is for definitions; here write { reference: 'env:NAME' }.`)
    clear[name] = text
  }
  if (sealer === undefined)
    throw new TokenkeeperError(
      'NoPublicKey',
      `The credential of ${connection} can't be sealed: give TokenkeeperClient the publicKey that \`npx tokenkeeper keygen\` printed, or a { reference }.`,
      connection,
    )
  return {
    sealed: await sealer.seal(JSON.stringify(clear), { connection, purpose: 'credential' }),
  }
}

function readObject(input: unknown, connection: string): object {
  if (
    typeof input === 'object' &&
    input !== null &&
    !Array.isArray(input) &&
    !(input instanceof Secret)
  )
    return input
  throw new TokenkeeperError(
    'InvalidInput',
    `The credential of ${connection} must be an object such as { apiKey } or { refreshToken }.`,
    connection,
  )
}
