import { createHash, randomBytes } from 'node:crypto'
import type { Canaries } from '../../integration/evidence.js'

/** What a provider has given out: everything of it must not be seen anywhere. */
export function createIssuer(clientSecret: string) {
  const issued: [name: string, secret: string][] = [['client secret', clientSecret]]
  return {
    issue: (kind: string): string => {
      const text = `canary-${kind}-${randomBytes(12).toString('hex')}`
      issued.push([kind, text])
      return text
    },
    canaries: (): Canaries => issued,
  }
}

/** A code that waits to be exchanged, as the authorization page has bound it. */
export interface WaitingCode {
  readonly code: string
  readonly redirectUri: string
  readonly challenge: string | undefined
}

export interface CodePageOptions {
  readonly path: string
  readonly clientId: string
  /** Every other parameter that the documentation asks for, with its value. */
  readonly asked: Readonly<Record<string, string>>
  readonly issue: (kind: string) => string
}

/** A provider's authorization page and the person who says yes: it checks every parameter. */
export function createCodePage({ path, clientId, asked, issue }: CodePageOptions) {
  let waiting: WaitingCode | undefined
  return {
    browse: (page: URL): Promise<URL> => {
      const { searchParams: given } = page
      if (page.pathname !== path) throw new Error(`no page ${page.pathname}`)
      const expected = { ...asked, client_id: clientId, response_type: 'code' }
      for (const [name, value] of Object.entries(expected))
        if (given.get(name) !== value) throw new Error(`${name} is not as documented`)
      const redirectUri = given.get('redirect_uri') ?? ''
      const challenge = given.get('code_challenge') ?? undefined
      waiting = { code: issue('code'), redirectUri, challenge }
      const callback = new URL(redirectUri)
      callback.search = new URLSearchParams({
        code: waiting.code,
        state: given.get('state') ?? '',
      }).toString()
      return Promise.resolve(callback)
    },
    /** Whether these parameters exchange the waiting code; it is used up either way. */
    exchange: (given: Readonly<Record<string, unknown>>): boolean => {
      const code = waiting
      waiting = undefined
      if (code === undefined) return false
      const verifier = typeof given['code_verifier'] === 'string' ? given['code_verifier'] : ''
      const proof = createHash('sha256').update(verifier).digest('base64url')
      return (
        given['grant_type'] === 'authorization_code' &&
        given['code'] === code.code &&
        given['redirect_uri'] === code.redirectUri &&
        (code.challenge === undefined || code.challenge === proof)
      )
    },
  }
}
