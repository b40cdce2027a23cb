/** The examples of RFC 5849, section 1.2 and 3.4.1, as they are printed there. */

export interface SignedExample {
  readonly name: string
  readonly method: string
  readonly url: string
  readonly headers: Readonly<Record<string, string>>
  readonly body?: string
  /** Decoded, without `realm` and `oauth_signature`. */
  readonly oauth: Readonly<Record<string, string>>
  readonly consumerSecret: string
  readonly tokenSecret: string
  readonly signature: string
}

const PRINTER = { consumerSecret: 'kd94hf93k423kf44' }

/** Section 1.2: the printer gets temporary credentials, a token, and the photo. */
export const SECTION_1_2: readonly SignedExample[] = [
  {
    name: 'temporary credentials',
    method: 'POST',
    url: 'https://photos.example.net/initiate',
    headers: {},
    oauth: {
      oauth_consumer_key: 'dpf43f3p2l4k3l03',
      oauth_signature_method: 'HMAC-SHA1',
      oauth_timestamp: '137131200',
      oauth_nonce: 'wIjqoS',
      oauth_callback: 'http://printer.example.com/ready',
    },
    ...PRINTER,
    tokenSecret: '',
    signature: '74KNZJeDHnMBp0EMJ9ZHt/XKycU=',
  },
  {
    name: 'token credentials',
    method: 'POST',
    url: 'https://photos.example.net/token',
    headers: {},
    oauth: {
      oauth_consumer_key: 'dpf43f3p2l4k3l03',
      oauth_token: 'hh5s93j4hdidpola',
      oauth_signature_method: 'HMAC-SHA1',
      oauth_timestamp: '137131201',
      oauth_nonce: 'walatlh',
      oauth_verifier: 'hfdp7dh39dks9884',
    },
    ...PRINTER,
    tokenSecret: 'hdhd0244k9j7ao03',
    signature: 'gKgrFCywp7rO0OXSjdot/IHF7IU=',
  },
  {
    name: 'the photo',
    method: 'GET',
    url: 'http://photos.example.net/photos?file=vacation.jpg&size=original',
    headers: {},
    oauth: {
      oauth_consumer_key: 'dpf43f3p2l4k3l03',
      oauth_token: 'nnch734d00sl2jdk',
      oauth_signature_method: 'HMAC-SHA1',
      oauth_timestamp: '137131202',
      oauth_nonce: 'chapoH',
    },
    ...PRINTER,
    tokenSecret: 'pfkkdhi9sl3r4s00',
    signature: 'MdpQcU8iPSUjWoN/UDMsK2sui9I=',
  },
]

/**
 * Section 3.4.1.1. The signature that is printed with it (`bYT5CMsGcbgUdFHObYMEfcx6bsw=`) is of no
 * base string; this one is of erratum 2550, with the secrets named there.
 */
export const SECTION_3_4_1: SignedExample & {
  readonly baseString: string
  readonly normalized: string
} = {
  name: 'parameters of header, query and body',
  method: 'POST',
  url: 'http://example.com/request?b5=%3D%253D&a3=a&c%40=&a2=r%20b',
  headers: { 'Content-Type': 'application/x-www-form-urlencoded' },
  body: 'c2&a3=2+q',
  oauth: {
    oauth_consumer_key: '9djdj82h48djs9d2',
    oauth_token: 'kkk9d7dh3k39sjv7',
    oauth_signature_method: 'HMAC-SHA1',
    oauth_timestamp: '137131201',
    oauth_nonce: '7d8f3e4a',
  },
  consumerSecret: 'j49sk3j29djd',
  tokenSecret: 'dh893hdasih9',
  signature: 'r6/TJjbCOr97/+UU0NsvSne7s5g=',
  // Section 3.4.1.3.2.
  normalized:
    'a2=r%20b&a3=2%20q&a3=a&b5=%3D%253D&c%40=&c2=&oauth_consumer_key=9djdj82h48djs9d2&oauth_nonce=7d8f3e4a&oauth_signature_method=HMAC-SHA1&oauth_timestamp=137131201&oauth_token=kkk9d7dh3k39sjv7',
  baseString:
    'POST&http%3A%2F%2Fexample.com%2Frequest&a2%3Dr%2520b%26a3%3D2%2520q%26a3%3Da%26b5%3D%253D%25253D%26c%2540%3D%26c2%3D%26oauth_consumer_key%3D9djdj82h48djs9d2%26oauth_nonce%3D7d8f3e4a%26oauth_signature_method%3DHMAC-SHA1%26oauth_timestamp%3D137131201%26oauth_token%3Dkkk9d7dh3k39sjv7',
}

/** Section 3.4.1.2: request URL, and what of it is signed. */
export const SECTION_3_4_1_2: readonly (readonly [url: string, baseUri: string])[] = [
  ['http://EXAMPLE.COM:80/r%20v/X?id=123', 'http://example.com/r%20v/X'],
  ['https://www.example.net:8080/?q=1', 'https://www.example.net:8080/'],
]

/** Section 3.4.1.3.1: the parameters in the order of the table, decoded. */
export const SECTION_3_4_1_3_1: readonly (readonly [name: string, value: string])[] = [
  ['b5', '=%3D'],
  ['a3', 'a'],
  ['c@', ''],
  ['a2', 'r b'],
  ['oauth_consumer_key', '9djdj82h48djs9d2'],
  ['oauth_token', 'kkk9d7dh3k39sjv7'],
  ['oauth_signature_method', 'HMAC-SHA1'],
  ['oauth_timestamp', '137131201'],
  ['oauth_nonce', '7d8f3e4a'],
  ['c2', ''],
  ['a3', '2 q'],
]
