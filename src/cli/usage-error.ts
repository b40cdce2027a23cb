/** A mistake in how the command was called: exit code 2. */
export class UsageError extends Error {
  override readonly name = 'UsageError'
}

/** Exit codes of the CLI; `sick`: `status` found a connection that somebody has to do something about. */
export const EXIT = { ok: 0, failed: 1, usage: 2, sick: 3, interrupted: 130 } as const
