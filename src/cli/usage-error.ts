/** A mistake in how the command was called, found before any server is asked: exit code 2. */
export class UsageError extends Error {
  override readonly name = 'UsageError'
}
