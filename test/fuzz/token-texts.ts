import { jsonText, oddUrl } from './body-texts.js'
import type { Dice } from './dice.js'

export interface TokenText {
  readonly text: string
  /** The new refresh token in it, as it stands there. */
  readonly renewal?: string
  /** A standard answer: these are the tokens and the lifetime. */
  readonly meant?: { readonly access: string; readonly renewal?: string; readonly seconds?: number }
  /** RFC 6749 section 5.2: tells this error. */
  readonly error?: string
}

const LIFETIMES = [
  ...[
    '3600',
    '"3600"',
    '1',
    '0',
    '-1',
    '1e400',
    '1e308',
    '99999999999999999999',
    '3600.5',
    'null',
    '""',
  ],
  ...[
    '"1h"',
    '"soon"',
    'true',
    '[3600]',
    '{"s":3600}',
    '"2099-01-01T00:00:00Z"',
    '1.8e9',
    '"٣"',
    '0.5',
  ],
] as const

/** The body of a token answer. Every token in it holds the word `canary`. */
export function tokenBody(dice: Dice, name: string): TokenText {
  const access = `canary-a-${name}`
  const renewal = `canary-r-${name}`
  const way = dice.number(30)
  if (way < 8) {
    const seconds = dice.pick([1, 60, 3600, 86_400, 5_184_000])
    const rotates = dice.chance(0.7)
    const fields = {
      access_token: access,
      token_type: dice.pick(['bearer', 'Bearer', 'BEARER']),
      expires_in: dice.chance(0.2) ? String(seconds) : seconds,
      ...(rotates ? { refresh_token: renewal } : {}),
    }
    return {
      text: JSON.stringify(fields),
      meant: { access, seconds, ...(rotates ? { renewal } : {}) },
      ...(rotates ? { renewal } : {}),
    }
  }
  if (way < 12) {
    const text = `{"access_token":"${access}","token_type":"bearer","expires_in":${dice.pick(LIFETIMES)},"refresh_token":"${renewal}"}`
    return { text, renewal, meant: { access, renewal } }
  }
  if (way < 16) {
    const error = dice.pick([
      ...(['invalid_grant', 'invalid_client', 'invalid_request', 'server_error'] as const),
      ...([
        'temporarily_unavailable',
        'slow_down',
        'canary error',
        'UNKNOWN',
        'bad_code_of_theirs',
      ] as const),
    ])
    return {
      text: JSON.stringify({
        error,
        error_description: `canary ${'x'.repeat(dice.pick([1, 9000]))}`,
      }),
      error,
    }
  }
  return { renewal, text: oddTokenText(dice, access, renewal) }
}

function oddTokenText(dice: Dice, access: string, renewal: string): string {
  const pair = `"access_token":"${access}","refresh_token":"${renewal}"`
  const json = `{${pair},"token_type":"bearer","expires_in":3600}`
  return dice.one(
    () =>
      new URLSearchParams({
        access_token: access,
        refresh_token: renewal,
        expires_in: '60',
      }).toString(),
    () => JSON.stringify(json),
    () => `${json}\n<!-- 3 ms -->`,
    () => `\uFEFF${json}`,
    () => `[${json}]`,
    () => `{"data":${json}}`,
    () => `{${pair}`,
    () => json.slice(0, dice.number(json.length)),
    () => `{"access_token":12345678901234567890123,"refresh_token":"${renewal}"}`,
    () => `{"access_token":["${access}"],"refresh_token":"${renewal}"}`,
    () => `{"access_token":"${access}","refresh_token":{"token":"${renewal}"}}`,
    () => `{"access_token":"${access}","refresh_token":"old","refresh_token":"${renewal}"}`,
    () => `{"access_token":"${access}é\\u0000","refresh_token":"${renewal}"}`,
    () => `{"access_token":"${access}\\r\\nX: y","refresh_token":"${renewal}"}`,
    () => `{"access_token":"${access}","refresh_token":"${renewal}\\ud800"}`,
    () => `{"access_token":"${access}","refresh_token":"${renewal}","token_type":"dpop"}`,
    () =>
      `{"access_token":"${access}${'x'.repeat(dice.pick([3000, 60_000, 300_000]))}","refresh_token":"${renewal}"}`,
    () =>
      `{"access_token":"${access}","refresh_token":"${renewal}${'y'.repeat(dice.pick([3000, 60_000]))}"}`,
    () => `{"access_token":"","refresh_token":"${renewal}"}`,
    () => `{"access_token":null,"refresh_token":"${renewal}","error":"invalid_grant"}`,
    () => `{${pair},"error":""}`,
    () => `{${pair},"error":"invalid_grant"}`,
    () => `{${pair},"scope":${jsonText(dice)}}`,
    () => `{${pair},"token_type":${jsonText(dice)}}`,
    () => `{${pair},"id_token":${jsonText(dice)},"__proto__":${jsonText(dice)}}`,
    () => `{${pair},"x":${'['.repeat(5000)}${']'.repeat(5000)}}`,
    () => `{${pair},"x":"${'é'.repeat(100)}"}`,
    () => `<html>${access} ${renewal}</html>`,
    () => `jsonp(${json})`,
    () => `{"access_token":"${access}","refresh_token":${jsonText(dice)}}`,
    () => `{"token_endpoint":${JSON.stringify(oddUrl(dice))},${pair}}`,
  )
}
