import { parseConnection } from '../../src/contract/connection-ref.js'
import type { Notice, NoticeTarget } from '../../src/contract/notices.js'
import { isLoopback } from '../../src/definition/hosts.js'
import { isSecretReference } from '../../src/definition/secret-reference.js'
import { fillTemplate, templateNames } from '../../src/definition/template.js'
import type { NoticeDestination, NoticeFilter, NoticesOptions } from './notice-options.js'

const MOST_DESTINATIONS = 10
const DESTINATION_NAME = /^[A-Za-z0-9][\w.-]{0,63}$/
const LINK_NAMES = ['connector', 'account']

/** The destinations of a keeper's notices. */
export class Notices {
  readonly #destinations: ReadonlyMap<string, NoticeDestination>
  readonly #reauthorizeUrl: string | undefined

  /** @throws TypeError for options that can't be */
  constructor({ destinations, reauthorizeUrl }: NoticesOptions = { destinations: [] }) {
    if (destinations.length > MOST_DESTINATIONS)
      throw new TypeError(`notices: at most ${MOST_DESTINATIONS} destinations`)
    const byName = new Map<string, NoticeDestination>()
    for (const destination of destinations) {
      checkDestination(destination)
      if (byName.has(destination.name))
        throw new TypeError(`notices: two destinations are called '${destination.name}'`)
      byName.set(destination.name, destination)
    }
    if (reauthorizeUrl !== undefined) checkReauthorizeUrl(reauthorizeUrl)
    this.#destinations = byName
    this.#reauthorizeUrl = reauthorizeUrl
  }

  /** Whether there is any destination. */
  get isOn(): boolean {
    return this.#destinations.size > 0
  }

  find(name: string): NoticeDestination | undefined {
    return this.#destinations.get(name)
  }

  /** Who wants to hear it. */
  targetsOf(notice: Notice): readonly NoticeTarget[] {
    return [...this.#destinations.values()].filter((one) => wants(one, notice)).map(toTarget)
  }

  /** Where a person authorises the connection again. */
  linkOf(connection: string): string | undefined {
    const ref = parseConnection(connection)
    if (this.#reauthorizeUrl === undefined || ref === undefined) return undefined
    const { connector, account } = ref
    return fillTemplate(this.#reauthorizeUrl, (name) =>
      encodeURIComponent(name === 'connector' ? connector : account),
    )
  }
}

function wants({ events, connectors, tags, owners }: NoticeFilter, notice: Notice): boolean {
  const connector = parseConnection(notice.connection)?.connector ?? ''
  return (
    events?.includes(notice.type) !== false &&
    connectors?.includes(connector) !== false &&
    tags?.some((tag) => notice.tags?.includes(tag)) !== false &&
    owners?.includes(notice.owner ?? '') !== false
  )
}

function toTarget(destination: NoticeDestination): NoticeTarget {
  const { kind, name } = destination
  if (kind !== 'activity') return { kind, name }
  const { activity, taskQueue } = destination
  return { kind, name, activity, taskQueue }
}

function checkDestination(destination: NoticeDestination): void {
  const { kind, name } = destination
  if (typeof name !== 'string' || !DESTINATION_NAME.test(name))
    throw new TypeError(
      'notices: a destination is named by a letter or digit and at most 63 letters, digits and . _ - behind it',
    )
  const where = `notices: destination '${name}'`
  switch (kind) {
    case 'webhook': {
      const { url, secret } = destination
      if (typeof url === 'string') checkUrl(url, where)
      else if (!isSecretReference(url)) throw new TypeError(`${where}: give an address as url`)
      const secrets = Array.isArray(secret) ? secret : [secret]
      if (secrets.length === 0 || !secrets.every(isSecretReference))
        throw new TypeError(`${where}: secret takes secret('env:NAME'), never the secret itself`)
      return
    }
    case 'slack':
      if (!isSecretReference(destination.url))
        throw new TypeError(
          `${where}: whoever has this address may post, so give url: secret('env:NAME')`,
        )
      return
    case 'activity':
      if (typeof destination.activity !== 'string' || destination.activity === '')
        throw new TypeError(`${where}: name the activity`)
      return
    default:
      throw new TypeError(`${where}: kind is 'webhook', 'slack' or 'activity'`)
  }
}

/** @throws TypeError for what notices are not sent to; the address is not repeated, it may be a secret */
export function checkUrl(text: string, where: string): URL {
  const url = URL.canParse(text) ? new URL(text) : undefined
  const isPlain = url?.protocol === 'http:' && isLoopback(url.hostname)
  if (url === undefined || (url.protocol !== 'https:' && !isPlain))
    throw new TypeError(`${where}: the address must be https, or http to loopback`)
  if (url.username !== '' || url.password !== '')
    throw new TypeError(`${where}: the address must hold no user and no password`)
  return url
}

function checkReauthorizeUrl(text: string): void {
  const names = templateNames(text)
  if (LINK_NAMES.some((name) => !names.includes(name)) || names.length !== LINK_NAMES.length)
    throw new TypeError(
      `notices: reauthorizeUrl needs {connector} and {account}, and no other name: https://app.example/connections/start/{connector}/{account}`,
    )
  checkUrl(
    fillTemplate(text, () => 'x'),
    'notices: reauthorizeUrl',
  )
}
