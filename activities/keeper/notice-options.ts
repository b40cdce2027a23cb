import type { SecretReference } from '../../src/contract/credential.js'
import type { NoticeType } from '../../src/contract/notices.js'

/** What a destination wants to hear. Each that is given must fit; none: everything. */
export interface NoticeFilter {
  /** @example events: ['connection.needs_reauth', 'sync.failed'] */
  readonly events?: readonly NoticeType[] | undefined
  /**
   * Ids of connectors.
   * @example connectors: ['shop']
   */
  readonly connectors?: readonly string[] | undefined
  /**
   * One of them is enough.
   * @example tags: ['customer:4711']
   */
  readonly tags?: readonly string[] | undefined
  /** @example owners: ['anna'] */
  readonly owners?: readonly string[] | undefined
}

/** Messages after Standard Webhooks (standardwebhooks.com), signed. */
export interface WebhookDestination extends NoticeFilter {
  readonly kind: 'webhook'
  /**
   * Names it in logs, metrics and reports.
   * @example name: 'incidents'
   */
  readonly name: string
  /**
   * https, or http to loopback. A reference where the address itself is a secret.
   * @example url: 'https://incidents.example/hooks/tokenkeeper'
   */
  readonly url: string | SecretReference
  /**
   * `whsec_` and base64; while it is changed, the new one and the old one.
   * @example secret: secret('env:WEBHOOK_SECRET')
   */
  readonly secret: SecretReference | readonly SecretReference[]
}

/** Messages for an incoming webhook of Slack, or of what takes the same (Mattermost, Rocket.Chat). */
export interface SlackDestination extends NoticeFilter {
  readonly kind: 'slack'
  /** @example name: 'ops' */
  readonly name: string
  /**
   * Whoever has it may post: a reference.
   * @example url: secret('env:SLACK_WEBHOOK')
   */
  readonly url: SecretReference
}

/** An activity of your own, with a `NoticeEvent` as its argument. */
export interface ActivityDestination extends NoticeFilter {
  readonly kind: 'activity'
  /** @example name: 'pager' */
  readonly name: string
  /** @example activity: 'page' */
  readonly activity: string
  /**
   * Default: the one of the keeper's calls, where `activities` of `createKeeperWorker` has it.
   * @example taskQueue: 'orders'
   */
  readonly taskQueue?: string | undefined
}

export type NoticeDestination = WebhookDestination | SlackDestination | ActivityDestination

/** Who is told when a connection or a sync needs somebody. */
export interface NoticesOptions {
  /**
   * At most 10.
   * @example destinations: [{ kind: 'slack', name: 'ops', url: secret('env:SLACK_WEBHOOK') }]
   */
  readonly destinations: readonly NoticeDestination[]
  /**
   * Where a person authorises a connection again: a page of your application, with `{connector}` and `{account}` in it,
   * as `https://app.example/connections/start/{connector}/{account}`. Without one, notices have the command.
   * @example reauthorizeUrl: 'https://app.example/connections/start/{connector}/{account}'
   */
  readonly reauthorizeUrl?: string | undefined
}
