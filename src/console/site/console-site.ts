import type { Context } from 'hono'
import type { Actor } from '../../contract/actor.js'
import { cutText } from '../../contract/outside-values.js'
import type { PublicUrl } from '../../web/public-url.js'
import type { Sessions } from './sessions.js'
import type { ConsoleOptions, ConsolePerson } from './console-options.js'

/** What every page of a console knows. */
export interface ConsoleSite extends Pick<
  ConsoleOptions,
  'client' | 'keeper' | 'onFailed' | 'signIn'
> {
  readonly taskQueue: string
  readonly place: PublicUrl
  readonly sessions: Sessions
}

/** What a request carries once it has passed the door. */
export interface ConsoleEnv {
  readonly Variables: {
    readonly person: ConsolePerson
    /** Stands in every form: a form of another site has none. */
    readonly formToken: string
  }
}

export type ConsoleContext = Context<ConsoleEnv>

/** How a person stands in the life story beside what they did. */
export function operatorOf({ name }: ConsolePerson): Actor {
  return { name: cutText(name.replace(/[\p{Cc}\p{Cf}]/gu, ' '), 200), via: 'console' }
}

/** The path of a page, as links name it. */
export function pathOf({ place }: Pick<ConsoleSite, 'place'>, path: string): string {
  return `${place.basePath}${path}`
}
