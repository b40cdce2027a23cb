import type { SecretReference } from '../../contract/credential.js'
import type { EndpointMap } from '../connector.js'

/** What every preset takes: your endpoints, and an id where the provider's name is taken. */
export interface PresetOptions<Endpoints extends EndpointMap> {
  /** Default: the provider's name. */
  readonly id?: string | undefined
  /** Endpoints beside the preset's own one, which tells whether a credential works. */
  readonly endpoints: Endpoints
}

/** Presets of OAuth 2.0 providers take your app's own client. */
export interface OAuthPresetOptions<
  Endpoints extends EndpointMap,
> extends PresetOptions<Endpoints> {
  readonly clientId: string | SecretReference
  readonly clientSecret: SecretReference
  /** What to ask a person for, space-separated. */
  readonly scope: string
}
