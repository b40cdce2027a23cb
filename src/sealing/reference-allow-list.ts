import { lstat, realpath } from 'node:fs/promises'
import { dirname, resolve } from 'node:path'
import { createFailure } from '../contract/failure.js'
import { readReference } from './definition-secrets.js'
import { PRIVATE_KEY_PREFIX } from './key-pair.js'
import type { Secret } from './secret.js'

/** What references in messages may name by default. */
export const DEFAULT_REFERENCES = ['env:TOKENKEEPER_SECRET_*', 'file:/run/secrets/*'] as const

const MAX_BYTES = 64 * 1024

export interface ReferenceAllowListOptions {
  /** Patterns with `*` at the end: `env:TOKENKEEPER_SECRET_*`, `file:/run/secrets/*` (that folder only). */
  readonly allow?: readonly string[]
  /** Files that hold private keys: never a secret to be sent anywhere. */
  readonly keyFiles?: readonly string[]
}

/** Resolves references that come in messages. */
export interface ReferenceAllowList {
  /** @throws ApplicationFailure `ReferenceRefused` with the rule that it breaks, `SecretUnresolved` */
  resolve(reference: string): Promise<Secret>
}

/**
 * Who may signal must not be able to choose any file or variable to be sent upstream: only what the
 * list names, no `..`, no link, regular files of 64 KiB at most, never a key file.
 */
export function createReferenceAllowList(
  options: ReferenceAllowListOptions = {},
): ReferenceAllowList {
  const allow = options.allow ?? DEFAULT_REFERENCES
  for (const pattern of allow) checkPattern(pattern)
  const keyFiles = (options.keyFiles ?? []).map((path) => resolve(path))
  return {
    resolve: async (reference) => {
      const pattern = allow.find((one) => matches(reference, one))
      if (pattern === undefined)
        throw refused(`it is not in the worker's allow-list (${allow.join(', ')})`)
      if (reference.startsWith('file:')) await checkFile(reference.slice('file:'.length), keyFiles)
      const secret = await readReference(reference)
      if (secret.reveal().includes(PRIVATE_KEY_PREFIX)) throw refused('it names a key file')
      return secret
    },
  }
}

function refused(rule: string) {
  return createFailure(
    'ReferenceRefused',
    `The reference is refused: ${rule}. Nothing was changed; name another one, or extend the worker's option references.`,
  )
}

function checkPattern(pattern: string): void {
  if (/^env:[A-Za-z_][A-Za-z0-9_]*\*?$/.test(pattern)) return
  if (/^file:\/(?:[^*]*\/)?(?:[^*/]+|\*|[^*/]+\*)$/.test(pattern) && !pattern.includes('..')) return
  throw new TypeError(
    `references: '${pattern}' is no pattern; write 'env:PREFIX_*' or 'file:/run/secrets/*'`,
  )
}

function matches(reference: string, pattern: string): boolean {
  if (!pattern.endsWith('*')) return reference === pattern
  const prefix = pattern.slice(0, -1)
  if (!reference.startsWith(prefix)) return false
  const rest = reference.slice(prefix.length)
  return pattern.startsWith('env:') ? /^[A-Za-z0-9_]+$/.test(rest) : /^[^/\0]+$/.test(rest)
}

async function checkFile(path: string, keyFiles: readonly string[]): Promise<void> {
  if (path.split('/').includes('..') || resolve(path) !== path)
    throw refused('its path is not plain')
  const stat = await lstat(path).catch(() => undefined)
  if (stat === undefined) return
  if (stat.isSymbolicLink()) throw refused('it is a symbolic link')
  if (!stat.isFile()) throw refused('it is no regular file')
  if (stat.size > MAX_BYTES) throw refused('it is longer than 64 KiB')
  const real = await realpath(path)
  if (dirname(real) !== (await realpath(dirname(path)))) throw refused('it leads out of its folder')
  const keys = await Promise.all(keyFiles.map((file) => realpath(file).catch(() => file)))
  if (keys.includes(real)) throw refused('it names a key file')
}
