import { Agent, request } from 'undici'

export interface PlainCallActivities {
  readonly plainCall: () => Promise<unknown>
}

/** A call as one writes it by hand: the token in a variable, the connection kept. */
export function createPlainCall(origin: string, token: string): PlainCallActivities['plainCall'] {
  const dispatcher = new Agent()
  return async () => {
    const { body } = await request(`${origin}/order`, {
      dispatcher,
      headers: { authorization: `Bearer ${token}`, accept: 'application/json' },
    })
    return await body.json()
  }
}
