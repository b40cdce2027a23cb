/** A mistake in how the command was called, found before any server is asked: exit code 2. */
export class UsageError extends Error {
  override readonly name = 'UsageError'
}

/** Why a file can't be read or written: `ENOENT`. */
export function fileErrorCode(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : 'unknown reason'
}
