import * as z from 'zod'

const ACCOUNT = '{account}'
const URL_SHAPE = /^(https?):\/\/([^/?#\\\s]+)(\/[^?#\\\s]*)?(\?[^#\s]*)?(#.*)?$/
const LABEL = /^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/i
const PORT = /:(\d{1,5})$/

/** Says what is wrong with the URL of a service, or nothing. */
export function urlProblem(text: string, parts: { readonly query: boolean }): string | undefined {
  const match = URL_SHAPE.exec(text)
  if (match === null) return 'must be an absolute URL, https (http to loopback only)'
  const [, scheme, authority = '', path = '', query, fragment] = match
  if (authority.includes('@')) return 'must not hold a user name or password'
  if (fragment !== undefined) return 'must not have a fragment (#...)'
  if (query !== undefined && !parts.query) return 'must not have a query (?...)'
  const host = authority.replace(PORT, '')
  const loopback = isLoopback(host)
  if (scheme === 'http' && !loopback) return 'must be https; http goes to loopback only'
  if (!loopback && !isHost(host))
    return `must have a host of letters, digits and hyphens, where ${ACCOUNT} is one whole label before at least two others`
  return pathProblem(path) ?? placeholderProblem(path + (query ?? ''))
}

function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '[::1]' || /^127(?:\.(?:0|[1-9]\d{0,2})){3}$/.test(host)
}

/** The account may choose a label below the provider's domain, never the domain. */
function isHost(host: string): boolean {
  const labels = host.split('.')
  if (labels.length < 2) return false
  const fixed = labels.lastIndexOf(ACCOUNT)
  if (fixed >= 0 && labels.length - fixed < 3) return false
  // A last label of digits would be read as an IPv4 address in one of its odd notations.
  const numeric = /^\d+$|^0x/i.test(labels.at(-1) ?? '')
  if (numeric && !/^(?:\d{1,3}\.){3}\d{1,3}$/.test(host)) return false
  return labels.every((label) => label === ACCOUNT || LABEL.test(label))
}

function pathProblem(path: string): string | undefined {
  const segments = path.split('/').slice(1)
  if (segments.some((segment) => /^(?:\.|%2e){1,2}$/i.test(segment)))
    return 'must not have . or .. in its path'
  return undefined
}

function placeholderProblem(rest: string): string | undefined {
  return /[{}]/.test(rest.replaceAll(ACCOUNT, ''))
    ? `may hold no other placeholder than ${ACCOUNT}`
    : undefined
}

function urlRule(parts: { readonly query: boolean }) {
  return z.string().superRefine((text, context) => {
    const message = urlProblem(text, parts)
    if (message !== undefined) context.addIssue({ code: 'custom', message })
  })
}

/** A token endpoint or the like: https (http to loopback), no user info, no fragment. */
export const serviceUrl = urlRule({ query: true })

/** A base URL: as {@link serviceUrl}, without a query. */
export const baseUrl = urlRule({ query: false })

/** `https://host[:port]` and nothing behind it. */
export const origin = baseUrl.refine((text) => /^https?:\/\/[^/]+$/.test(text), {
  message: 'must be an origin: scheme, host and port, nothing behind them',
})

/**
 * Puts an account's name into a URL template. The name must be one label of a host (letters, digits,
 * hyphens): undefined for any other, so that no account can lead a credential elsewhere.
 */
export function expandAccount(template: string, account: string): string | undefined {
  if (!template.includes(ACCOUNT)) return template
  return LABEL.test(account) ? template.replaceAll(ACCOUNT, account) : undefined
}
