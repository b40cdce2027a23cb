/** The account that is signed in, by your own session; here a reverse proxy that signs people in tells it. */
export function accountOf(request: Request): Promise<string | undefined> {
  return Promise.resolve(request.headers.get('x-signed-in-account') ?? undefined)
}
