/** The account that is signed in. This stands for your own session: here everybody is signed in as `acme`. */
export function accountOf(_request: Request): Promise<string | undefined> {
  return Promise.resolve('acme')
}
