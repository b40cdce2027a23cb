import { expect, it } from 'vitest'
import { levelOf } from '../../../workflows/token/life-story.js'

it.each([
  [{ event: 'status', cause: 'needs_reauth: revoked' }, 'error'],
  [{ event: 'status', cause: 'misconfigured (x)' }, 'error'],
  [{ event: 'status', cause: 'rejected (HTTP 401 to sync)' }, 'error'],
  [{ event: 'status', cause: 'degraded (misconfigured)' }, 'warn'],
  [{ event: 'status', cause: 'active' }, 'info'],
  [{ event: 'rotation_refused' }, 'warn'],
  [{ event: 'message_refused' }, 'warn'],
  [{ event: 'rotated' }, 'info'],
  [{ event: 'connected' }, 'info'],
  [{ event: 'definition' }, 'info'],
  [{ event: 'refreshed' }, 'debug'],
] as const)('%j is told as %s', (event, level) => {
  expect(levelOf({ atMs: 0, ...event })).toBe(level)
})
