import { realpath, stat } from 'node:fs/promises'
import type { LogLine } from './log-line.js'

export interface KeyFileCheck {
  readonly access: 'warn' | 'owner-only'
  readonly log: LogLine
}

/**
 * Looks whether a key file can be read or written by others than its owner. Nothing is said where there
 * are no modes, and of a file that is not there: its reader reports that. What Kubernetes mounts is never refused;
 * its group may read, since the kubelet itself lets it with `fsGroup`.
 * @throws TypeError with `access: 'owner-only'`, for a file that others can reach
 */
export async function checkKeyFile(path: string, { access, log }: KeyFileCheck): Promise<void> {
  if (process.platform === 'win32') return
  const mode = await stat(path).then(
    (found) => found.mode & 0o777,
    () => undefined,
  )
  if (mode === undefined) return
  const isMounted = (await realpath(path)).split('/').some((part) => /^\.\.\d{4}_/.test(part))
  if ((mode & (isMounted ? 0o037 : 0o077)) === 0) return
  const what = `the private key secret('file:${path}') has the mode 0${mode.toString(8)}: others than its owner can reach it`
  const warn = (message: string): void => {
    log('key_file_reachable', message, {})
  }
  if (isMounted) warn(`${what}. Mount the secret with defaultMode: 0400.`)
  else if (access === 'warn')
    warn(`${what}. Set it by chmod 600, and make a new key if others may have read it.`)
  else
    throw new TypeError(
      `privateKeys: ${what}, and keyFileAccess is 'owner-only'. Set it by chmod 600, and make a new key if others may have read it.`,
    )
}
