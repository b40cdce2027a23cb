import { createFailure } from '../contract/failure.js'
import { readEnvironmentSecret, toSecret } from './definition-secrets.js'
import { PRIVATE_KEY_PREFIX } from './key-pair.js'
import { readAllowedFile } from './read-allowed-file.js'
import type { Secret } from './secret.js'

/** What references in messages may name by default. */
export const DEFAULT_REFERENCES = ['env:TOKENKEEPER_SECRET_*', 'file:/run/secrets/*'] as const

export interface ReferenceAllowListOptions {
  /** Patterns with `*` at the end: `env:TOKENKEEPER_SECRET_*`, `file:/run/secrets/*` (that folder only). */
  readonly allow?: readonly string[] | undefined
  /** Paths of files that hold private keys: never a secret to be sent anywhere. */
  readonly keyFiles?: readonly string[] | undefined
}

/** Resolves references that come in messages. */
export interface ReferenceAllowList {
  /** @throws ApplicationFailure `ReferenceRefused` with the rule that it breaks, `SecretUnresolved` */
  resolve(reference: string): Promise<Secret>
}

/**
 * Who may signal must not be able to choose any file or variable to be sent upstream: only what the
 * list names, no `..`, no link out of the folder, regular files of 64 KiB at most, never a key file.
 * @throws TypeError for a pattern that is none
 */
export function createReferenceAllowList(
  options: ReferenceAllowListOptions = {},
): ReferenceAllowList {
  const allow = options.allow ?? DEFAULT_REFERENCES
  for (const pattern of allow) checkPattern(pattern)
  const keyFiles = options.keyFiles ?? []
  return {
    resolve: async (reference) => {
      const broken = brokenRule(reference, allow)
      if (broken !== undefined) throw referenceRefused(broken)
      const secret = reference.startsWith('env:')
        ? readEnvironmentSecret(reference)
        : await readFileSecret(reference, keyFiles)
      if (secret.reveal().includes(PRIVATE_KEY_PREFIX))
        throw referenceRefused('it names a private key')
      return secret
    },
  }
}

/** The reference itself is not repeated: a secret may have been typed in its place. */
function referenceRefused(rule: string) {
  return createFailure(
    'ReferenceRefused',
    `The reference is refused: ${rule}. Nothing was changed; name another one, or extend the worker's allow-list of references.`,
  )
}

async function readFileSecret(reference: string, keyFiles: readonly string[]): Promise<Secret> {
  const file = await readAllowedFile(reference.slice('file:'.length), keyFiles)
  if ('refused' in file) throw referenceRefused(file.refused)
  return toSecret(reference, file.content)
}

function checkPattern(pattern: string): void {
  if (/^env:[A-Za-z_][A-Za-z0-9_]*\*?$/.test(pattern)) return
  if (/^file:\/(?:[^*]*\/)?(?:[^*/]+|\*|[^*/]+\*)$/.test(pattern) && !hasDots(pattern)) return
  throw new TypeError(
    `references: '${pattern}' is no pattern; write 'env:PREFIX_*' or 'file:/run/secrets/*'`,
  )
}

function brokenRule(reference: unknown, allow: readonly string[]): string | undefined {
  if (typeof reference !== 'string' || !/^(?:env:.|file:\/)/.test(reference))
    return `it is no reference, which looks like 'env:NAME' or 'file:/absolute/path'`
  if (hasDots(reference)) return `it has '.' or '..' in its path`
  if (!allow.some((pattern) => matchesPattern(reference, pattern)))
    return `it is not in the worker's allow-list (${allow.join(', ')})`
  return undefined
}

function hasDots(reference: string): boolean {
  return reference
    .slice(reference.indexOf(':') + 1)
    .split('/')
    .some((part) => part === '.' || part === '..')
}

function matchesPattern(reference: string, pattern: string): boolean {
  if (!pattern.endsWith('*')) return reference === pattern
  const prefix = pattern.slice(0, -1)
  if (!reference.startsWith(prefix)) return false
  const rest = reference.slice(prefix.length)
  return pattern.startsWith('env:') ? /^[A-Za-z0-9_]+$/.test(rest) : /^[^/\p{Cc}]+$/u.test(rest)
}
