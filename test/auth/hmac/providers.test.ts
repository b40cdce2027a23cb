import { describe, expect, test } from 'vitest'
import { hmac } from '../../../src/connectors/index.js'
import { python, sign } from './sign-with.js'

describe('Duo: HMAC-SHA1 as the password of Basic (duo.com/docs/authapi, "Authentication")', () => {
  const duo = hmac({
    algorithm: 'hmac-sha1',
    text: '{timestamp}\n{method}\n{host}\n{path}\n{sortedParameters}',
    encoding: 'hex',
    timestamp: 'rfc2822',
    fields: ['integrationKey'],
    headers: {
      Date: '{timestamp}',
      Authorization: { before: 'Basic ', base64: '{integrationKey}:{signature}' },
    },
  })
  const credential = {
    integrationKey: 'DIWJ8X6AEYOR5OMC6TQ1',
    secret: 'Zh5eGmUq9zpfQnyUIu5OL9iWoMMv5ZNmk3zLJ4Ep',
  }
  const published =
    'Basic RElXSjhYNkFFWU9SNU9NQzZUUTE6MmQ5N2Q2MTY2MzE5NzgxYjVhM2EwN2FmMzlkMzY2ZjQ5MTIzNGVkYw=='
  const nowMs = Date.UTC(2012, 7, 21, 17, 29, 18)
  const url = 'https://api-XXXXXXXX.duosecurity.com/accounts/v1/account/list'

  test('the published example, parameters in the body', () => {
    const { headers } = sign(
      duo,
      credential,
      {
        method: 'POST',
        url,
        headers: { 'content-type': 'application/x-www-form-urlencoded' },
        body: 'username=root&realname=First+Last',
      },
      nowMs,
    )
    expect(headers['Authorization']).toBe(published)
    expect(headers['Date']).toBe('Tue, 21 Aug 2012 17:29:18 -0000')
  })

  test('the same parameters in the query are signed alike', () => {
    const { headers } = sign(
      duo,
      credential,
      { method: 'POST', url: `${url}?realname=First%20Last&username=root` },
      nowMs,
    )
    expect(headers['Authorization']).toBe(published)
  })
})

describe('Binance: the query signed, the signature behind it (binance-docs, "SIGNED Endpoint Examples")', () => {
  const binance = hmac({
    algorithm: 'hmac-sha256',
    text: '{query}{body}',
    encoding: 'hex',
    timestamp: 'milliseconds',
    fields: ['apiKey'],
    headers: { 'X-MBX-APIKEY': '{apiKey}' },
    query: { timestamp: '{timestamp}', signature: '{signature}' },
  })
  const credential = {
    apiKey: 'vmPUZE6mv9SD5VNHk4HlWFsOr6aKE2zvsw0MuIgwCIPy6utIco14y7Ju91duEh8A',
    secret: 'NhqPtmdSJYdKjVHjA7PZj4Mge3R5YNiP1e3UZjInClVN65XAbvqqM6A7H5fATj0j',
  }
  const order = 'symbol=LTCBTC&side=BUY&type=LIMIT&timeInForce=GTC'
  const rest = 'quantity=1&price=0.1&recvWindow=5000'

  test('the published example', () => {
    const { url, headers } = sign(
      binance,
      credential,
      { method: 'POST', url: `https://api.binance.com/api/v3/order?${order}&${rest}` },
      1499827319559,
    )
    expect(url.search).toBe(
      `?${order}&${rest}&timestamp=1499827319559&signature=c8db56825ae71d6d79447849e617115f4a920fa2acdcab2b053c4b2838bd6b71`,
    )
    expect(headers['X-MBX-APIKEY']).toBe(credential.apiKey)
  })

  test('part of it in the body: both are signed, with nothing between them', () => {
    const { url } = sign(
      binance,
      credential,
      { method: 'POST', url: `https://api.binance.com/api/v3/order?${order}`, body: rest },
      1499827319559,
    )
    const signed = `${order}&timestamp=1499827319559${rest}`
    const right = python('hmac.new(v[0].encode(), v[1].encode(), hashlib.sha256).hexdigest()', [
      credential.secret,
      signed,
    ])
    expect(url.searchParams.get('signature')).toBe(right)
  })

  test('what an earlier signature left in the URL is replaced', () => {
    const url = `https://api.binance.com/api/v3/order?timestamp=1&${order}&signature=old&signatur%65=x`
    const signed = sign(binance, credential, { url }, 1499827319559).url
    expect(signed.search).toMatch(
      new RegExp(`^\\?${order}&timestamp=1499827319559&signature=[0-9a-f]{64}$`),
    )
  })
})

describe('Coinbase Exchange: time, method, path and body with a base64 key (docs.cdp.coinbase.com/exchange, "Signing Requests")', () => {
  const coinbase = hmac({
    algorithm: 'hmac-sha256',
    text: '{timestamp}{method}{target}{body}',
    encoding: 'base64',
    keyEncoding: 'base64',
    timestamp: 'seconds',
    fields: ['key', 'passphrase'],
    headers: {
      'CB-ACCESS-KEY': '{key}',
      'CB-ACCESS-SIGN': '{signature}',
      'CB-ACCESS-TIMESTAMP': '{timestamp}',
      'CB-ACCESS-PASSPHRASE': '{passphrase}',
    },
  })
  const credential = {
    key: 'c0ffee',
    passphrase: 'open sesame',
    secret: Buffer.from(Uint8Array.from({ length: 64 }, (_, index) => 255 - index)).toString(
      'base64',
    ),
  }

  test.each([
    { method: 'GET', url: 'https://api.exchange.coinbase.com/orders?status=open&limit=5' },
    {
      method: 'POST',
      url: 'https://api.exchange.coinbase.com/orders',
      body: '{"price":"1.0","note":"grün \u2603"}',
    },
  ])('as Python signs it: $method', (sent) => {
    const { headers } = sign(coinbase, credential, sent, 1_700_000_000_999)
    const { pathname, search } = new URL(sent.url)
    const right = python(
      'base64.b64encode(hmac.new(base64.b64decode(v[0]), v[1].encode(), hashlib.sha256).digest()).decode()',
      [credential.secret, `1700000000${sent.method}${pathname}${search}${sent.body ?? ''}`],
    )
    expect(headers).toMatchObject({
      'CB-ACCESS-KEY': 'c0ffee',
      'CB-ACCESS-SIGN': right,
      'CB-ACCESS-TIMESTAMP': '1700000000',
      'CB-ACCESS-PASSPHRASE': 'open sesame',
    })
  })
})

test('Avanan: SHA-256 over the base64 of id, application, time, path and secret (Smart API, "Signature")', () => {
  const avanan = hmac({
    algorithm: 'sha256',
    text: '{nonce}{applicationId}{timestamp}{target}{secret}',
    textEncoding: 'base64',
    encoding: 'hex',
    timestamp: 'iso-milliseconds',
    nonce: 'uuid',
    fields: ['applicationId'],
    headers: {
      'x-av-req-id': '{nonce}',
      'x-av-app-id': '{applicationId}',
      'x-av-date': '{timestamp}',
      'x-av-sig': '{signature}',
    },
  })
  const credential = { applicationId: 'myapp29', secret: '579da3-ä-secret' }
  const url = 'https://smart-api-example.avanan.net/v1.0/event/query?limit=2'
  const { headers } = sign(avanan, credential, { url }, Date.UTC(2026, 0, 15, 12))
  const id = '00010203-0405-4607-8809-0a0b0c0d0e0f'
  const date = '2026-01-15T12:00:00.000Z'
  const right = python('hashlib.sha256(base64.b64encode("".join(v).encode())).hexdigest()', [
    id,
    credential.applicationId,
    date,
    '/v1.0/event/query?limit=2',
    credential.secret,
  ])
  expect(headers).toEqual({
    'x-av-req-id': id,
    'x-av-app-id': credential.applicationId,
    'x-av-date': date,
    'x-av-sig': right,
  })
})

test('a digest of the body, headers and a sorted query among what is signed', () => {
  const auth = hmac({
    algorithm: 'hmac-sha512',
    text: '{method} {url}\n{sortedQuery}\ncontent-type:{header:Content-Type}\ndigest:{header:digest}\nabsent:{header:x-absent}\n{bodyHash}',
    encoding: 'base64url',
    keyEncoding: 'hex',
    bodyHash: { hash: 'sha256', encoding: 'base64' },
    headers: { Digest: 'SHA-256={bodyHash}', 'X-Signature': 'v1={signature}' },
  })
  const secret = '00ff10'
  const url = 'https://api.example/a%20b?b=2&a=%c3%a9+x&b=1&empty'
  const body = '{"name":"grün"}'
  const { headers } = sign(
    auth,
    { secret },
    { method: 'PUT', url, headers: { 'content-type': 'application/json' }, body },
    0,
  )
  const hash = python('base64.b64encode(hashlib.sha256(v[0].encode()).digest()).decode()', [body])
  const text = `PUT ${url}\na=%C3%A9%20x&b=1&b=2&empty=\ncontent-type:application/json\ndigest:SHA-256=${hash}\nabsent:\n${hash}`
  const right = python(
    `base64.urlsafe_b64encode(hmac.new(bytes.fromhex(v[0]), v[1].encode(), hashlib.sha512).digest()).decode().rstrip('=')`,
    [secret, text],
  )
  expect(headers['Digest']).toBe(`SHA-256=${hash}`)
  expect(headers['X-Signature']).toBe(`v1=${right}`)
})
