import type { OperatorCommand } from '../../src/contract/messages.js'
import { tell, tellRefused } from './life-story.js'
import { pause } from './parts/health.js'
import { refreshNow } from './refresh-reasons.js'
import { revoke } from './revocation.js'
import type { TokenParts } from './token-parts.js'

export type Command = Exclude<OperatorCommand, { command: 'rotate' }>['command']

/** @param atProvider the provider is told of a revocation as well */
export function applyCommand(
  parts: TokenParts,
  command: Command,
  nowMs: number,
  atProvider: boolean,
): void {
  const { generation } = parts.token
  const event = { atMs: nowMs, cause: 'operator', generation } as const
  switch (command) {
    case 'pause':
      if (!parts.health.paused) tell(parts, { ...event, event: 'paused' })
      parts.health = pause(parts.health, true)
      return
    case 'resume':
      if (parts.health.paused) tell(parts, { ...event, event: 'resumed' })
      parts.health = pause(parts.health, false)
      return
    case 'revoke':
      if (parts.health.kind !== 'revoked') revoke(parts, nowMs, atProvider)
      return
    case 'refresh': {
      const refused = refreshNow(parts, nowMs)
      if (refused !== undefined) tellRefused(parts, 'tokenkeeper.refresh', refused, nowMs)
      return
    }
    default: {
      const impossible: never = command
      throw new TypeError(`unknown command ${String(impossible)}`)
    }
  }
}

/** Whether there is something to tell the provider of, and a way to. */
export function isToldToProvider({ definition, grant, token }: TokenParts): boolean {
  const holds = grant.sealed !== undefined || token.held !== undefined
  return holds && (definition.facts === undefined || definition.facts.revokes)
}
