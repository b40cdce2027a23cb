import type { Context } from 'hono'
import type { PublicUrl } from '../web/public-url.js'
import type { Sessions } from './access/sessions.js'
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

/** The path of a page, as links name it. */
export function pathOf({ place }: Pick<ConsoleSite, 'place'>, path: string): string {
  return `${place.basePath}${path}`
}
