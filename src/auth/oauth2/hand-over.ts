import { allowInsecureRequests, customFetch } from 'oauth4webapi'
import type { Exchange, ExchangeOnce, ExchangeRequest } from '../kind/exchange.js'

/** Without a charset, which the type does not have: there are servers that compare it, and answer 415. */
export const FORM_TYPE = 'application/x-www-form-urlencoded'

/** A form post as oauth4webapi makes it. */
export interface FormPost {
  readonly headers: Record<string, string>
  readonly body: URLSearchParams
}

/**
 * Lets oauth4webapi make a request and hands it over instead of sending it; the answer is kept from the
 * library, whose errors hold whole bodies.
 */
export function handToLibrary(
  endpoint: string,
  exchangeOnce: ExchangeOnce,
  toRequest: (url: string, post: FormPost) => ExchangeRequest = formRequest,
) {
  let exchange: Exchange | undefined
  return {
    options: {
      // The definition lets http through to loopback only.
      [allowInsecureRequests]: endpoint.startsWith('http:'),
      [customFetch]: async (url: string, post: FormPost): Promise<Response> => {
        exchange = await exchangeOnce(toRequest(url, post))
        return new Response()
      },
    },
    /** What came of it. */
    exchanged: (): Exchange => {
      if (exchange === undefined) throw new TypeError('the request was not handed over')
      return exchange
    },
  }
}

function formRequest(url: string, { headers, body }: FormPost): ExchangeRequest {
  return {
    method: 'POST',
    url,
    headers: { ...headers, 'content-type': FORM_TYPE },
    body: body.toString(),
  }
}
