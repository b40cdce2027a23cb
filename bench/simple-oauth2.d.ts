/** What the bench uses of `simple-oauth2`, which has no types of its own. */
declare module 'simple-oauth2' {
  interface AccessToken {
    readonly token: Readonly<Record<string, unknown>>
    expired(): boolean
  }

  export class ClientCredentials {
    constructor(options: {
      readonly client: { readonly id: string; readonly secret: string }
      readonly auth: { readonly tokenHost: string; readonly tokenPath: string }
    })
    getToken(parameters: object): Promise<AccessToken>
  }
}
