import { createHash, timingSafeEqual } from 'node:crypto'
import type { Handler } from 'hono'
import type { ConsolePerson, TokenSignIn } from '../site/console-options.js'
import { type ConsoleSite, pathOf } from '../site/console-site.js'
import { sendBarePage } from '../frame/layout.js'
import { wantedPath } from './need-person.js'

/** The token is long enough that guessing is hopeless; more wrong ones than that are not answered in words. */
const FAILURES_A_MINUTE = 20
const LEAST_TOKEN = 20

/** @throws TypeError for tokens that could be guessed */
export function checkTokens({ token, viewerToken }: TokenSignIn): void {
  for (const one of [token, viewerToken])
    if (one !== undefined && one.length < LEAST_TOKEN)
      throw new TypeError(`A sign-in token must have at least ${LEAST_TOKEN} characters`)
  if (token === viewerToken)
    throw new TypeError('token and viewerToken must differ: they give different rights')
}

/** The page where the start-up token is typed: it is sent by a form, and never stands in a URL. */
export function tokenSignInPage(site: ConsoleSite): Handler {
  return (c) => {
    const form = <SignInForm site={site} next={wantedPath(site, c.req.query('next'))} />
    return sendBarePage(c, site, form, { title: 'Sign in', status: 200 })
  }
}

function SignInForm({
  site,
  next,
  problem,
}: {
  site: ConsoleSite
  next: string
  problem?: string | undefined
}) {
  return (
    <>
      <h1>Sign in</h1>
      <p>
        Type or paste the token that the console printed when it was started, or that it was started
        with.
      </p>
      {problem !== undefined && (
        <p class="problem" id="problem" role="alert">
          {problem}
        </p>
      )}
      <form method="post" action={pathOf(site, '/sign-in')}>
        <input type="hidden" name="next" value={next} />
        <label for="token">Token</label>
        <input
          id="token"
          name="token"
          type="password"
          autocomplete="current-password"
          required
          autofocus
          aria-describedby={problem === undefined ? undefined : 'problem'}
        />
        <button class="primary">Sign in</button>
      </form>
    </>
  )
}

/** Exchanges the token for a session. */
export function takeToken(site: ConsoleSite, signIn: TokenSignIn): Handler {
  const failures: number[] = []
  return async (c) => {
    const nowMs = Date.now()
    const form = await c.req.parseBody()
    const next = wantedPath(site, form['next'])
    while (failures[0] !== undefined && failures[0] < nowMs - 60_000) failures.shift()
    const refuse = (problem: string, status: 401 | 429) =>
      sendBarePage(c, site, <SignInForm site={site} next={next} problem={problem} />, {
        title: 'Sign in',
        status,
      })
    const person = personOf(signIn, form['token'])
    // Who has the token gets in, whatever others try.
    if (person === undefined) {
      if (failures.length >= FAILURES_A_MINUTE)
        return await refuse('Too many wrong tokens came in. Wait a minute and try again.', 429)
      failures.push(nowMs)
      return await refuse(
        'This is not the token. It is what the console printed, or was started with.',
        401,
      )
    }
    await site.sessions.open(c, person)
    return c.redirect(next, 303)
  }
}

function personOf({ token, viewerToken }: TokenSignIn, given: unknown): ConsolePerson | undefined {
  if (typeof given !== 'string') return undefined
  const text = given.trim()
  if (isSame(text, token)) return { name: 'console token', role: 'operator' }
  if (viewerToken !== undefined && isSame(text, viewerToken))
    return { name: 'console viewer token', role: 'viewer' }
  return undefined
}

/** Compared by digest, so that neither content nor length shows in the time it takes. */
function isSame(given: string, wanted: string): boolean {
  const digest = (text: string): Buffer => createHash('sha256').update(text).digest()
  return timingSafeEqual(digest(given), digest(wanted))
}
