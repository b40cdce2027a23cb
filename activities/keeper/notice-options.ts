import type { SecretReference } from '../../src/contract/credential.js'
import type { NoticeType } from '../../src/contract/notices.js'

/** What a destination wants to hear. Each that is given must fit; none: everything. */
export interface NoticeFilter {
  readonly events?: readonly NoticeType[] | undefined
  /** Ids of connectors. */
  readonly connectors?: readonly string[] | undefined
  /** One of them is enough. */
  readonly tags?: readonly string[] | undefined
  readonly owners?: readonly string[] | undefined
}

/** Messages after Standard Webhooks (standardwebhooks.com), signed. */
export interface WebhookDestination extends NoticeFilter {
  readonly kind: 'webhook'
  /** Names it in logs, metrics and reports. */
  readonly name: string
  /** https, or http to loopback. A reference where the address itself is a secret. */
  readonly url: string | SecretReference
  /** `whsec_` and base64; while it is changed, the new one and the old one. */
  readonly secret: SecretReference | readonly SecretReference[]
}

/** Messages for an incoming webhook of Slack, or of what takes the same (Mattermost, Rocket.Chat). */
export interface SlackDestination extends NoticeFilter {
  readonly kind: 'slack'
  readonly name: string
  /** Whoever has it may post: a reference. */
  readonly url: SecretReference
}

/** An activity of your own, with a `NoticeEvent` as its argument. */
export interface ActivityDestination extends NoticeFilter {
  readonly kind: 'activity'
  readonly name: string
  readonly activity: string
  /** Default: the keeper's own, where `activities` of `createKeeperWorker` has it. */
  readonly taskQueue?: string | undefined
}

export type NoticeDestination = WebhookDestination | SlackDestination | ActivityDestination

/** Who is told when a connection or a sync needs somebody. */
export interface NoticesOptions {
  /** At most 10. */
  readonly destinations: readonly NoticeDestination[]
  /**
   * Where a person authorises a connection again: a page of your application, with `{connector}` and `{account}` in it,
   * as `https://app.example/connections/start/{connector}/{account}`. Without one, notices have the command.
   */
  readonly reauthorizeUrl?: string | undefined
}
