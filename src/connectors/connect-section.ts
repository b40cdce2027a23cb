import * as z from 'zod'
import { isConnectUrl } from '../contract/connect-form.js'
import { fieldName } from '../definition/text-rules.js'

/** Where a person finds what is asked for. */
export interface ConnectLinkRule {
  /** @example label: 'How to make a key' */
  readonly label: string
  /**
   * https, or http to loopback.
   * @example url: 'https://help.example/keys'
   */
  readonly url: string
}

/** How a field of the credential is asked for. */
export interface ConnectFieldRule {
  /**
   * Default: made of the field's name, as `API key` of `apiKey`.
   * @example label: 'Admin API key'
   */
  readonly label?: string | undefined
  /**
   * A sentence below the field: where to find the value, which rights it needs.
   * @example help: 'Settings, Apps, API keys. It needs the right to read orders.'
   */
  readonly help?: string | undefined
  /** @example link: { label: 'Open the settings', url: 'https://shop.example/settings/keys' } */
  readonly link?: ConnectLinkRule | undefined
  /**
   * What a value looks like, as `sk_live_…`; never a real one.
   * @example placeholder: 'sk_live_…'
   */
  readonly placeholder?: string | undefined
  /** Whether it has several lines, as a private key. */
  readonly multiline?: boolean | undefined
}

/** How people are asked for a credential: on connect pages, in the console and by `tokenkeeper connect`. */
export interface ConnectRules {
  /**
   * The provider's name for people. Default: the connector's id.
   * @example name: 'Shopify'
   */
  readonly name?: string | undefined
  /**
   * What access is asked for, and why: one or two sentences.
   * @example text: 'Orders are read every hour, to invoice them. Nothing is changed in the shop.'
   */
  readonly text?: string | undefined
  /**
   * A page of the provider or of yours that explains the whole.
   * @example link: { label: 'How to make a key', url: 'https://help.example/keys' }
   */
  readonly link?: ConnectLinkRule | undefined
  /**
   * By the names of the kind's fields, and of variables that come with the credential.
   * @example fields: { apiKey: { label: 'Admin API key', placeholder: 'shpat_…' } }
   */
  readonly fields?: Readonly<Record<string, ConnectFieldRule>> | undefined
}

/** Text for people, of any script, on one line. */
const shownText = (max: number) =>
  z.string().regex(new RegExp(`^[^\\p{Cc}\\p{Cf}\\p{Cs}\\p{Zl}\\p{Zp}]{1,${max}}$`, 'u'), {
    message: `must be text for people, on one line, of 1 to ${max} characters`,
  })

const link = z.strictObject({
  label: shownText(100),
  url: z.string().refine(isConnectUrl, { message: 'must be an https URL (http to loopback)' }),
})

const field = z.strictObject({
  label: z.exactOptional(shownText(100)),
  help: z.exactOptional(shownText(500)),
  link: z.exactOptional(link),
  placeholder: z.exactOptional(shownText(100)),
  multiline: z.exactOptional(z.boolean()),
})

export const connectSchema = z.strictObject({
  name: z.exactOptional(shownText(100)),
  text: z.exactOptional(shownText(500)),
  link: z.exactOptional(link),
  fields: z.exactOptional(z.record(fieldName, field)),
})

/** Fields of `connect` that no credential of the connector has. */
export function unknownConnectFields(
  { fields = {} }: ConnectRules,
  known: readonly string[],
): readonly string[] {
  return Object.keys(fields).filter((name) => !known.includes(name))
}
