import * as z from 'zod'
import { isBelowLocalhost, isLoopback, LABEL } from './hosts.js'
import { isPlainSecret, parametersOf, PLAIN_SECRET } from './plain-secret.js'
import { openDomain } from './host-rule.js'
import { templateNames } from './template.js'
import type { VariableForm } from './variables.js'

const URL_SHAPE = /^(https?):\/\/([^/?#\\\s]+)(\/[^?#\\\s]*)?(\?[^#\s]*)?(#.*)?$/
const PORT = /:(\d{1,5})$/
const WHOLE_PLACEHOLDER = /^\{([A-Za-z_]\w*)\}$/

/** The form of the value of `{name}`; undefined for a name that the connector doesn't know. */
export type FormOf = (name: string) => VariableForm | 'any' | undefined

/** The parts of a definition are checked before its variables are known: those are looked at with the whole. */
const anyForm: FormOf = () => 'any'

function isForm(form: ReturnType<FormOf>, ...wanted: readonly VariableForm[]): boolean {
  return form === 'any' || wanted.some((one) => one === form)
}

/** Says what is wrong with the URL of a service, or nothing. */
export function urlProblem(
  text: string,
  parts: { readonly query: boolean },
  formOf: FormOf = accountOnly,
): string | undefined {
  const unknown = templateNames(text).find((name) => formOf(name) === undefined)
  if (unknown !== undefined)
    return `holds the placeholder {${unknown.slice(0, 40)}}, which is neither {account} nor one of the connector's variables`
  // An origin at the beginning stands for scheme and host.
  const begin = /^\{([A-Za-z_]\w*)\}(?=\/|\?|#|$)/.exec(text)
  const isOrigin = begin?.[1] !== undefined && isForm(formOf(begin[1]), 'origin')
  const match = URL_SHAPE.exec(
    isOrigin ? `https://origin.example${text.slice(begin[0].length)}` : text,
  )
  if (match === null) return 'must be an absolute URL, https (http to loopback only)'
  const [, scheme, authority = '', path = '', query, fragment] = match
  if (authority.includes('@')) return 'must not hold a user name or password'
  if (fragment !== undefined) return 'must not have a fragment (#...)'
  if (query !== undefined && !parts.query) return 'must not have a query (?...)'
  if (holdsSecret(query?.slice(1) ?? '')) return `has a parameter that ${PLAIN_SECRET}`
  const host = authority.replace(PORT, '')
  const loopback = isLoopback(host)
  if (scheme === 'http' && !loopback) return 'must be https; http goes to loopback only'
  // A placeholder below localhost is a label as anywhere else: another form could leave this machine.
  if ((!loopback || host.includes('{')) && !isHost(host, formOf))
    return `must have a host of letters, digits and hyphens, where {account} or a variable is one whole label before at least two others`
  return (
    (openBelow(host) === 'registry'
      ? 'has a placeholder right before a public suffix (as co.uk), below which anybody can have a name'
      : undefined) ??
    urlPathProblem(path) ??
    placeholderProblem(path + (query ?? ''), formOf)
  )
}

/** In a query: a URL is written into logs of every machine on its way. */
function holdsSecret(query: string): boolean {
  return parametersOf(query).some(([name, value]) =>
    isPlainSecret(name, value, WHOLE_PLACEHOLDER.test(value)),
  )
}

/** The name of the variable that chooses whose host it is, the last one, where that may be anybody's. */
export function openVariable(url: string): string | undefined {
  const host = /^https?:\/\/([^/?#]*)/.exec(url)?.[1]?.replace(PORT, '') ?? ''
  return openBelow(host) === undefined ? undefined : templateNames(host).at(-1)
}

function openBelow(host: string): ReturnType<typeof openDomain> {
  const [, fixed] = /\}\.([^{}]+)$/.exec(host) ?? []
  return fixed === undefined || isBelowLocalhost(host) ? undefined : openDomain(fixed)
}

function accountOnly(name: string): VariableForm | undefined {
  return name === 'account' ? 'label' : undefined
}

/** A label's variable may choose a label below the provider's domain, never the domain. */
function isHost(host: string, formOf: FormOf): boolean {
  const whole = WHOLE_PLACEHOLDER.exec(host)?.[1]
  if (whole !== undefined && isForm(formOf(whole), 'host')) return true
  const labels = host.split('.')
  if (labels.length < 2) return false
  const fixed = labels.findLastIndex((label) => label.includes('{'))
  if (fixed >= 0 && labels.length - fixed < 3 && !isBelowLocalhost(host)) return false
  // A last label of digits would be read as an IPv4 address in one of its odd notations.
  const numeric = /^\d+$|^0x/i.test(labels.at(-1) ?? '')
  if (numeric && !/^(?:\d{1,3}\.){3}\d{1,3}$/.test(host)) return false
  return labels.every((label) => {
    const name = WHOLE_PLACEHOLDER.exec(label)?.[1]
    return name === undefined ? LABEL.test(label) : isForm(formOf(name), 'label')
  })
}

function urlPathProblem(path: string): string | undefined {
  const segments = path.split('/').slice(1)
  if (segments.some((segment) => /^(?:\.|%2e){1,2}$/i.test(segment)))
    return 'must not have . or .. in its path'
  return undefined
}

function placeholderProblem(rest: string, formOf: FormOf): string | undefined {
  const misplaced = templateNames(rest).find((name) => !isForm(formOf(name), 'label', 'segment'))
  if (misplaced !== undefined)
    return `holds {${misplaced}} in its path, where only a label or a segment may stand`
  return /[{}]/.test(rest.replaceAll(/\{[A-Za-z_]\w*\}/g, ''))
    ? 'holds a brace that belongs to no placeholder'
    : undefined
}

function urlRule(parts: { readonly query: boolean }, formOf?: FormOf) {
  return z.string().superRefine((text, context) => {
    const message = urlProblem(text, parts, formOf)
    if (message !== undefined) context.addIssue({ code: 'custom', message })
  })
}

/** A token endpoint or the like: https (http to loopback), no user info, no fragment. */
export const serviceUrl = urlRule({ query: true }, anyForm)

/** A base URL: as {@link serviceUrl}, without a query. */
export const baseUrl = urlRule({ query: false }, anyForm)

/** `https://host[:port]` and nothing behind it. */
export const origin = urlRule({ query: false }).refine((text) => /^https?:\/\/[^/]+$/.test(text), {
  message: 'must be an origin: scheme, host and port, nothing behind them',
})
