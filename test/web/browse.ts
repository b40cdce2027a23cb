import { CookieJar } from 'tough-cookie'

export interface Visited {
  readonly status: number
  readonly url: string
  readonly text: string
  readonly headers: Headers
}

/** Plays a browser without a person: follows redirects with cookies, up to an answer that is none. */
export async function browse(start: string, jar = new CookieJar()): Promise<Visited> {
  let url = start
  for (let hop = 0; hop < 20; hop += 1) {
    const cookie = await jar.getCookieString(url)
    const response = await fetch(url, { redirect: 'manual', headers: { cookie } })
    for (const line of response.headers.getSetCookie()) await jar.setCookie(line, url)
    const location = response.headers.get('location')
    const text = await response.text()
    if (location === null) return { status: response.status, url, text, headers: response.headers }
    url = new URL(location, url).href
  }
  throw new Error('too many redirects')
}
