declare module 'aws4' {
  interface Signable {
    readonly method: string
    readonly host: string
    readonly path: string
    readonly service: string
    readonly region: string
    readonly headers: Record<string, string>
    readonly body?: string
    readonly extraHeadersToIgnore?: Readonly<Record<string, boolean>>
  }
  export function sign(
    request: Signable,
    credentials: { accessKeyId: string; secretAccessKey: string; sessionToken?: string },
  ): { headers: Record<string, string> }
}
