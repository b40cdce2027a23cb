import { formatActor } from './actor.js'
import type { StoryEvent, StoryEventName } from './token-status.js'

/** What each event of a life story means, in plain words. */
export const STORY_EVENT_TEXTS: Readonly<Record<StoryEventName, string>> = {
  started: 'the token workflow began',
  connected: 'a credential was given, and it works',
  credential_unchanged: 'the same credential was given again: nothing was changed',
  refreshed: 'the provider gave a new token',
  refresh_asked: 'a refresh was asked for',
  refresh_failed: 'the provider gave no token',
  rotated: 'the secret was changed, and the new one works',
  rotation_refused: 'a new credential was not taken: everything is as before',
  rotation_delayed: 'a new credential waits for the provider',
  rejected: 'the upstream refused the token',
  paused: 'leases are no longer handed out',
  resumed: 'leases are handed out again',
  revoked: 'the connection was ended, and its credential forgotten',
  status: 'the state is another one',
  definition: 'the definition of the connector is another one',
  message_refused: 'a message was not taken',
  cancellation_ignored: 'a cancellation was asked for, which changes nothing',
  rolled_back: 'the workflow stands at an older state than others have seen',
  warning: 'something will stop the connection',
  authorization_begun: 'an authorization in a browser was begun',
  authorization_refused: 'an authorization in a browser came to nothing',
  account: 'it is known whose account it is',
  upstream_revoked: 'the provider was told that the grant is no longer wanted',
  upstream_revoke_failed: 'the provider could not be told that the grant is no longer wanted',
  answer_kept: 'an answer could not be read whole, and is kept',
  answer_read: 'an answer that was kept could be read: it brought a token',
  updated: 'what is said of the connection was changed',
  verified: 'the verify endpoint was asked',
  resealed: 'what the connection holds was sealed anew',
  removed: 'the connection was removed',
}

/** Why a token was asked for: the causes of `refreshed`. */
const CAUSE_TEXTS: Readonly<Record<string, string>> = {
  soft: 'ahead of its end',
  hard: 'just before its end',
  forced: 'since somebody asked for it',
  operator: 'since an operator asked for it',
  'no token': 'since there was none',
  'longer validity': 'since a flow needs one for longer',
  'keep-alive': 'so that the grant does not die unused',
  'on demand': 'since a flow asked',
  idle: 'as once a day, although nobody asks for it',
  'definition changed': 'since the definition was changed',
  'sealing key missing': 'since a sealing key is missing',
  'read a kept answer': 'by reading an answer that was kept',
}

/** The cause of an event in plain words; one that has none of its own stays as it is. */
export function causeText({ event, cause }: StoryEvent): string | undefined {
  if (cause === undefined || event !== 'refreshed') return cause
  return Object.hasOwn(CAUSE_TEXTS, cause) ? CAUSE_TEXTS[cause] : cause
}

/**
 * One event as a line for people, without its time: `the provider gave a new token (ahead of its end),
 * generation 7`. It is plain text with texts of others in it: whoever shows it escapes it.
 */
export function eventText(event: StoryEvent): string {
  const { code, times = 1, by, generation } = event
  const why = causeText(event)
  const beside = [why, code !== undefined && why?.includes(code) !== true ? code : undefined]
  const told = beside.filter((part) => part !== undefined).join(', ')
  const numbered = event.event === 'refreshed' || event.event === 'connected'
  return [
    told === '' ? STORY_EVENT_TEXTS[event.event] : `${STORY_EVENT_TEXTS[event.event]} (${told})`,
    numbered && generation !== undefined ? `, generation ${generation}` : '',
    times > 1 ? `, ${times} times` : '',
    by === undefined ? '' : `; asked for by ${formatActor(by)}, as the sender says`,
  ].join('')
}
