import { constants } from 'node:fs'
import { type FileHandle, lstat, open, realpath, stat } from 'node:fs/promises'
import { dirname, sep } from 'node:path'

const MAX_SECRET_BYTES = 64 * 1024
/** Kubernetes puts a new folder in the old one's place when a secret changes. */
const READ_TRIES = 3

/** `content` is undefined where there is no such file, or none that this process may read. */
export type AllowedFile = { readonly content: string | undefined } | { readonly refused: string }

/**
 * Reads a file that a message named: regular, at most 64 KiB, none of the key files. It may be a link,
 * as every secret is that Kubernetes mounts (`token -> ..data/token`), but only to a file inside its own
 * folder. The folder may itself be reached by a link (`/var/run`): who set the allow-list chose it.
 */
export async function readAllowedFile(
  path: string,
  keyFiles: readonly string[],
): Promise<AllowedFile> {
  for (let tries = 0; tries < READ_TRIES; tries += 1) {
    const read = await readOnce(path, keyFiles)
    if (read !== MOVED) return read
  }
  return { content: undefined }
}

/** What was checked is not what was opened. */
const MOVED = Symbol('moved')

async function readOnce(
  path: string,
  keyFiles: readonly string[],
): Promise<AllowedFile | typeof MOVED> {
  // The folder is resolved first, so that a link put in its place later is not followed.
  const folder = await realpath(dirname(path)).catch(() => undefined)
  const real = await realpath(path).catch(() => undefined)
  if (folder === undefined || real === undefined) return { content: undefined }
  if (!real.startsWith(folder.endsWith(sep) ? folder : folder + sep))
    return { refused: 'it is a link that leads out of its folder' }
  const entry = await lstat(real).catch(() => undefined)
  if (entry === undefined) return MOVED
  if (!entry.isFile()) return { refused: 'it is no regular file' }
  // Without O_NONBLOCK a pipe that took the file's place would hold the activity for ever.
  const flags = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK
  const file = await open(real, flags).catch(() => undefined)
  if (file === undefined) return { content: undefined }
  try {
    // A part of the path may have become a link since: what is open must lie where it was checked to.
    if (!(await liesAt(file, real))) return MOVED
    return await readChecked(file, keyFiles)
  } finally {
    await file.close()
  }
}

/** Whether the open file is the one at a path without any link in it, now that it is open. */
async function liesAt(file: FileHandle, real: string): Promise<boolean> {
  const again = await realpath(real).catch(() => undefined)
  const entry = again === real ? await lstat(real).catch(() => undefined) : undefined
  const info = await file.stat()
  return entry?.dev === info.dev && entry.ino === info.ino
}

/** All that is asked here is asked of the open file, not of its name, which may point elsewhere by now. */
async function readChecked(file: FileHandle, keyFiles: readonly string[]): Promise<AllowedFile> {
  const info = await file.stat()
  if (!info.isFile()) return { refused: 'it is no regular file' }
  if (info.size > MAX_SECRET_BYTES) return { refused: 'it is longer than 64 KiB' }
  for (const keyFile of keyFiles) {
    const key = await stat(keyFile).catch(() => undefined)
    if (key?.dev === info.dev && key.ino === info.ino) return { refused: 'it is a key file' }
  }
  const buffer = Buffer.alloc(MAX_SECRET_BYTES + 1)
  let length = 0
  for (;;) {
    const { bytesRead } = await file.read(buffer, length, buffer.length - length)
    length += bytesRead
    if (bytesRead === 0) break
  }
  if (length > MAX_SECRET_BYTES) return { refused: 'it is longer than 64 KiB' }
  const content = buffer.toString('utf8', 0, length)
  buffer.fill(0)
  return { content }
}
