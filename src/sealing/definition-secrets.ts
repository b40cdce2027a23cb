import type { ApplicationFailure } from '@temporalio/common'
import { readFile } from 'node:fs/promises'
import { createFailure } from '../contract/failure.js'
import { Secret } from './secret.js'

/**
 * Resolves a reference that stands in code (`secret('env:NAME')`, `secret('file:/path')`): the
 * author of the definition chose it, so there is no allow-list. One trailing newline is cut off.
 * @throws ApplicationFailure `SecretUnresolved`, naming the reference; `ReferenceRefused` for what is
 * no reference, not repeated since it may be the secret itself
 */
export async function resolveDefinitionSecret(reference: {
  readonly secret: string
}): Promise<Secret> {
  const text = reference.secret
  if (text.startsWith('env:')) return readEnvironmentSecret(text)
  if (!text.startsWith('file:/'))
    throw createFailure(
      'ReferenceRefused',
      `A secret of the definition is no reference: write secret('env:NAME') or secret('file:/absolute/path').`,
    )
  const content = await readFile(text.slice('file:'.length), 'utf8').catch(() => undefined)
  return toSecret(text, content)
}

/** Reads `env:NAME`; who may name it is the caller's business. @throws ApplicationFailure `SecretUnresolved` */
export function readEnvironmentSecret(reference: string): Secret {
  const name = reference.slice('env:'.length)
  return toSecret(reference, Object.hasOwn(process.env, name) ? process.env[name] : undefined)
}

/** The content without one trailing newline. @throws ApplicationFailure `SecretUnresolved` where nothing is left */
export function toSecret(reference: string, content: string | undefined): Secret {
  const text = content?.replace(/\r?\n$/, '') ?? ''
  if (text === '') throw secretUnresolved(reference)
  return new Secret(text)
}

/** Retryable: the secret may be mounted a moment later. */
export function secretUnresolved(reference: string): ApplicationFailure {
  return createFailure(
    'SecretUnresolved',
    `The secret ${reference} is missing, empty or unreadable on this worker: set it where the keeper worker runs.`,
  )
}
