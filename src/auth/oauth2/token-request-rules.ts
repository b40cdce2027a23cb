/**
 * What makes a standard token request an odd provider's. Sources: the providers named at each field.
 */
export interface TokenRequestRules {
  /** Default `POST`; `GET` puts the parameters into the query (the refreshes of Instagram and Threads: developers.facebook.com/docs/threads/get-started/long-lived-tokens). */
  readonly method?: 'POST' | 'GET' | undefined
  /** Where the parameters go. Default `form`; `json`: Atlassian (developer.atlassian.com, OAuth 2.0 3LO apps); `query`: Zoho (zoho.com/accounts/protocol/oauth), which leaves secrets in the provider's logs. */
  readonly body?: 'form' | 'json' | 'query' | undefined
  /** The provider's names of standard parameters, as `{ client_id: 'client_key' }` (TikTok: developers.tiktok.com, OAuth user access token management). */
  readonly names?: Readonly<Record<string, string>> | undefined
  /** Further headers, as `{ 'Notion-Version': '2022-06-28' }` (developers.notion.com, Create a token). */
  readonly headers?: Readonly<Record<string, string>> | undefined
  /** Neither client id nor client secret is sent (the refreshes of Instagram and Threads). */
  readonly unauthenticated?: boolean | undefined
}
