import { readFile } from 'node:fs/promises'
import { createFailure } from '../contract/failure.js'
import { Secret } from './secret.js'

/**
 * Resolves a reference that stands in code (`secret('env:NAME')`, `secret('file:/path')`): the
 * author of the definition chose it, so there is no allow-list. One trailing newline is cut off.
 * @throws ApplicationFailure `SecretUnresolved`, naming the reference
 */
export async function resolveDefinitionSecret(reference: {
  readonly secret: string
}): Promise<Secret> {
  return await readReference(reference.secret)
}

/** Reads `env:NAME` or `file:/path`; who may name it is the caller's business. */
export async function readReference(reference: string): Promise<Secret> {
  const text = reference.startsWith('env:')
    ? process.env[reference.slice('env:'.length)]
    : await readFile(reference.slice('file:'.length), 'utf8').catch(() => undefined)
  if (text === undefined || text.replace(/\r?\n$/, '') === '')
    throw createFailure(
      'SecretUnresolved',
      `The secret ${reference} is missing or empty on this worker: set it where the keeper worker runs.`,
    )
  return new Secret(text.replace(/\r?\n$/, ''))
}
