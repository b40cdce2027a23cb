import type { Command } from 'commander'
import type { CredentialInput } from '../client/credential-input.js'
import { type ConnectionRef, formatConnection } from '../contract/connection-ref.js'
import { createSealer } from '../sealing/sealer.js'
import { Secret } from '../sealing/secret.js'
import { promptSecret } from './frame/prompt.js'
import { collect, type TemporalOptions } from './temporal/temporal-options.js'
import { UsageError } from './frame/usage-error.js'
import { publicKeyOption } from './temporal/with-keeper.js'

/** Where a credential comes from: one of the three. */
export interface CredentialOptions {
  readonly stdin?: true | undefined
  readonly field?: readonly string[] | undefined
  readonly reference?: string | undefined
}

const MAX_STDIN_BYTES = 64 * 1024

export function withCredential(command: Command): Command {
  return command
    .option('--stdin', 'the credential from standard input: a JSON object of fields, or one text')
    .option('--field <name>', 'ask for a field, without showing it; may be repeated', collect)
    .option('--reference <name>', 'env:NAME or file:/path, looked up by the keeper worker')
}

export function hasCredential({ stdin, field, reference }: CredentialOptions): boolean {
  return stdin !== undefined || field !== undefined || reference !== undefined
}

/** Mistakes in the call itself are reported before any server is asked. @throws UsageError */
export function checkCredentialOptions(options: CredentialOptions & TemporalOptions): void {
  const { stdin, field, reference } = options
  if ([stdin, field, reference].filter((source) => source !== undefined).length !== 1)
    throw new UsageError(
      'Say once where the credential comes from: --stdin, --field NAME (asks for it) or --reference env:NAME.',
    )
  // The text is not repeated: somebody may have typed a secret where the name belongs.
  if (field?.every((name) => /^[A-Za-z][A-Za-z0-9_]{0,63}$/.test(name)) === false)
    throw new UsageError('--field takes the name of a field, as apiKey; its value is asked for.')
  if (stdin === true && process.stdin.isTTY)
    throw new UsageError('--stdin reads what is piped in; give --field NAME to type it unseen.')
  if (reference === undefined && publicKeyOption(options) === undefined)
    throw new UsageError(
      'A secret is sealed before it leaves this machine, which needs the public key that `tokenkeeper keygen` printed: give --public-key or TOKENKEEPER_PUBLIC_KEY.',
    )
}

/**
 * Reads a credential once, for one connection or many: asked for field by field without echo, from standard
 * input (a JSON object of the kind's fields, or the one text that the kind takes), or as a reference, which
 * is no secret. In a reference `{connector}` and `{account}` stand for the connection's own.
 */
export async function readCredential(
  options: CredentialOptions & TemporalOptions,
): Promise<(ref: ConnectionRef) => Promise<CredentialInput>> {
  checkCredentialOptions(options)
  const { field, reference } = options
  if (reference !== undefined)
    return (ref) => Promise.resolve({ reference: referenceOf(reference, ref) })
  if (field !== undefined) {
    const fields = await askFields(field)
    return () => Promise.resolve(fields)
  }
  const text = await readStandardInput()
  const sealer = createSealer(publicKeyOption(options) ?? '')
  return async (ref) => ({
    sealed: await sealer.seal(text, { connection: formatConnection(ref), purpose: 'credential' }),
  })
}

function referenceOf(reference: string, { connector, account }: ConnectionRef): string {
  return reference.replaceAll('{connector}', connector).replaceAll('{account}', account)
}

async function askFields(names: readonly string[]): Promise<Record<string, Secret>> {
  const fields: Record<string, Secret> = {}
  for (const name of names) {
    fields[name] = await promptSecret(name)
  }
  return fields
}

async function readStandardInput(): Promise<Secret> {
  const chunks: Buffer[] = []
  let size = 0
  for await (const chunk of process.stdin as AsyncIterable<Buffer>) {
    size += chunk.length
    if (size > MAX_STDIN_BYTES)
      throw new Error('Standard input has more than 64 KiB: that is no credential.')
    chunks.push(chunk)
  }
  const text = Buffer.concat(chunks)
    .toString('utf8')
    .replace(/\r?\n$/, '')
  if (text === '') throw new Error('Standard input is empty; nothing was changed.')
  return new Secret(text)
}
