import { createHash } from 'node:crypto'
import { toPlain } from '../../contract/foreign-text.js'
import { checkLink, type PublicUrl } from '../../web/public-url.js'
import type { ConnectBrand, ConnectTexts } from './connect-pages-options.js'

/** A brand that is ready to be shown. */
export interface Brand {
  readonly name: string
  readonly language: string
  readonly logoUrl: string | undefined
  /** Where the logo is from, for the content policy; undefined: from this site. */
  readonly logoOrigin: string | undefined
  /** A style element's content, and how the content policy names it; undefined: the colours of the sheet. */
  readonly style: { readonly css: string; readonly source: string } | undefined
  /** A text with its placeholders filled in. */
  readonly text: (name: keyof ConnectTexts, values?: Readonly<Record<string, string>>) => string
}

const DEFAULT_TEXTS: ConnectTexts = {
  title: 'Connect {name}',
  intro: '{app} asks to connect your account at {name}.',
  forPerson: 'This link was made for {person}.',
  consent:
    'You go on to {name}, sign in there and agree. {app} gets access, and never sees your password.',
  consentButton: 'Continue to {name}',
  secrets: 'What you enter is encrypted at once, and tried with {name} before it is kept.',
  formButton: 'Connect',
  optional: 'optional',
  leaving: 'Going to {name} …',
  connectedTitle: 'Connected',
  connected: '{name} is connected with {app}. You can close this page.',
  underWayTitle: 'Not known yet',
  underWay:
    '{name} has not answered clearly yet. {app} has what it needs and goes on trying by itself. You can close this page.',
  refused: '{name} did not accept what was entered. Check it, and try again.',
  incomplete: 'Something is missing, or does not have the form that is needed.',
  tryAgain: 'Try again',
  back: 'Back to {app}',
  usedTitle: 'This link was used already',
  used: 'A link is good for one connection. If that was you, all is well; if not, tell {app}.',
  expiredTitle: 'This link has ended',
  expired: 'Ask {app} for a new one.',
  invalidTitle: 'This is no link of ours',
  invalid: 'Perhaps it was cut off on its way: copy it whole, or ask {app} for a new one.',
  tooManyTitle: 'Too many tries',
  tooMany: 'Nothing more can be tried with this link. Ask {app} for a new one.',
}

const COLOR = /^#[0-9a-fA-F]{6}$/
const LANGUAGE = /^[A-Za-z]{2,8}(?:-[A-Za-z0-9]{1,8})*$/

/** @throws TypeError for a brand that can't be shown safely */
export function readBrand(brand: ConnectBrand, place: PublicUrl): Brand {
  const { name, logoUrl, accentColor, darkAccentColor = accentColor, language = 'en' } = brand
  if (logoUrl !== undefined) checkLink('brand.logoUrl', logoUrl, place)
  for (const color of [accentColor, darkAccentColor])
    if (color !== undefined && !COLOR.test(color))
      throw new TypeError(`A colour of the brand must be written as '#0b57b0'`)
  if (!LANGUAGE.test(language)) throw new TypeError(`brand.language must be a language, as 'de'`)
  const texts = { ...DEFAULT_TEXTS, ...brand.texts }
  const css =
    accentColor === undefined || darkAccentColor === undefined
      ? undefined
      : `:root{${accentOf(accentColor)}}@media (prefers-color-scheme:dark){:root{${accentOf(darkAccentColor)}}}`
  const origin =
    logoUrl?.startsWith('/') === true || logoUrl === undefined ? undefined : new URL(logoUrl).origin
  return {
    name: toPlain(name, 100),
    language,
    logoUrl,
    logoOrigin: origin,
    style:
      css === undefined
        ? undefined
        : { css, source: `'sha256-${createHash('sha256').update(css).digest('base64')}'` },
    text: (which, values = {}) =>
      texts[which].replace(/\{(\w+)\}/g, (whole, placeholder: string) =>
        placeholder === 'app' ? toPlain(name, 100) : toPlain(values[placeholder] ?? whole, 200),
      ),
  }
}

/** Links keep the colour of the sheet, which can be read on its pages; the accent fills buttons. */
function accentOf(color: string): string {
  const luminance = luminanceOf(color)
  const onWhite = 1.05 / (luminance + 0.05)
  const onBlack = (luminance + 0.05) / 0.05
  return `--button:${color};--on-button:${onWhite >= onBlack ? '#ffffff' : '#000000'}`
}

/** WCAG 2.2, relative luminance. */
function luminanceOf(color: string): number {
  const [red = 0, green = 0, blue = 0] = [1, 3, 5].map((at) => {
    const share = Number.parseInt(color.slice(at, at + 2), 16) / 255
    return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4
  })
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue
}
