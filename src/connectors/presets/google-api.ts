import type { EndpointMap } from '../connector.js'

/** developers.google.com/identity/protocols/oauth2 */
export const GOOGLE_TOKEN_URL = 'https://oauth2.googleapis.com/token'

/** Which of Google's APIs it is. */
export interface GoogleApi<Endpoints extends EndpointMap> {
  /** Of the API: `https://www.googleapis.com/drive/v3`. */
  readonly baseUrl: string
  /** Name of one of your endpoints that tells whether a credential works. */
  readonly verify?: (keyof Endpoints & string) | undefined
}
