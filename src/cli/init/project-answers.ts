import type { AuthTemplate } from './auth-templates.js'

/** What a project is made of. */
export interface ProjectAnswers {
  /** The name of its folder, and of its package. */
  readonly name: string
  /** The connector's id: `tickets`. */
  readonly connector: string
  readonly auth: AuthTemplate
  /** Undefined: the API that the project brings to practise with. */
  readonly baseUrl?: string | undefined
  /** The endpoint whose records are synced. */
  readonly listPath: string
  /** Where the records stand in its answer; empty: the answer is the list. */
  readonly items: string
  /** An endpoint that only a good credential may ask; undefined: none is known. */
  readonly verifyPath?: string | undefined
}

export const PRACTICE_PORT = 4801
export const PRACTICE_URL = `http://127.0.0.1:${PRACTICE_PORT}`

/** `ticket-desk` as a variable of the environment begins: `TICKET_DESK`. */
export function variablePrefix({ connector }: Pick<ProjectAnswers, 'connector'>): string {
  return connector
    .toUpperCase()
    .replaceAll('-', '_')
    .replace(/^(?=\d)/, 'API_')
}

/** `ticket-desk` as a name in code: `ticketDesk`. */
export function codeName({ connector }: Pick<ProjectAnswers, 'connector'>): string {
  const words = connector.split(/[-_]+/).filter((word) => word !== '')
  const name = words.map((word, index) => (index === 0 ? word : capitalised(word))).join('')
  return /^\d/.test(name) || RESERVED.includes(name) ? `api${capitalised(name)}` : name
}

function capitalised(word: string): string {
  return word.charAt(0).toUpperCase() + word.slice(1)
}

/** Names that stand in the files already, and words of the language. */
const RESERVED =
  `connection connector keeper defineConnector get linkHeader secret baseUrl account toFile syncFlow api firstPage
   break case catch class const continue debugger default delete do else enum export extends false finally for
   function if import in instanceof let new null return static super switch this throw true try typeof var void
   while with yield await async package interface private protected public implements
   custom basic headers none jwt hmac`.split(/\s+/)
