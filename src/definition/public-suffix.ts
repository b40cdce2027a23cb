import { getPublicSuffix } from 'tldts'

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
