import { getPublicSuffix } from 'tldts'
import * as z from 'zod'
import { LABEL, isLoopback } from './hosts.js'

/**
 * Says what is wrong with a host that a value may name, `login.example.com` or `*.example.com`, or
 * nothing. Such a value comes from an answer or a form: it must not reach a host that anybody can have.
 */
export function hostProblem(pattern: string): string | undefined {
  if (isLoopback(pattern)) return undefined
  const domain = pattern.replace(/^\*\./, '')
  const labels = domain.split('.')
  // A last label of digits is read as an IPv4 address, in whatever notation.
  if (/[:[\]]/.test(domain) || /^(?:\d+|0x[0-9a-f]*)$/i.test(labels.at(-1) ?? ''))
    return 'must be the name of a host, not an address'
  if (labels.length < 2 || !labels.every((label) => LABEL.test(label)))
    return `must be a host, or '*.' and a domain of at least two labels: '*.example.com'`
  if (domain === pattern) return undefined
  switch (openDomain(domain)) {
    case 'registry':
      return 'is open to anybody: below this public suffix whoever likes has a name. Name a domain of the provider'
    case 'provider':
      return `is open to anybody: every customer of this provider has a name below it (Public Suffix List). Name the hosts, or write '{name}' before it in baseUrl, for a label that the connection brings`
    case undefined:
      return undefined
  }
}

/** A host that a value may name: `login.example.com` or `*.example.com`. */
export const hostPattern = z.string().superRefine((text, context) => {
  const message = hostProblem(text)
  if (message !== undefined) context.addIssue({ code: 'custom', message })
})

/** A label that no rule of the list names. */
const ANY = 'tokenkeeper-any'

/**
 * Whether whoever likes can have a name below a domain, by the Public Suffix List. `registry`: anybody
 * who pays (`co.uk`, the ICANN section). `provider`: any customer of one provider (`herokuapp.com`,
 * `myshopify.com`, the private section). Undefined: the names below it have one owner.
 */
export function openDomain(domain: string): 'registry' | 'provider' | undefined {
  const below = `${ANY}.${domain.toLowerCase()}`
  const isOpen = (suffix: string | null): boolean => (suffix?.length ?? 0) >= domain.length
  if (isOpen(getPublicSuffix(below))) return 'registry'
  return isOpen(getPublicSuffix(below, { allowPrivateDomains: true })) ? 'provider' : undefined
}
