import type { Context } from 'hono'
import { html, raw } from 'hono/html'
import type { Child } from 'hono/jsx'
import type { ContentfulStatusCode } from 'hono/utils/http-status'
import type { PublicUrl } from '../../web/public-url.js'
import { contentPolicy } from '../access/door.js'
import { pathOf } from '../site/console-site.js'
import { ASSETS } from '../frame/layout.js'
import type { Brand } from './brand.js'

export interface ConnectDocument {
  readonly title: string
  readonly body: Child
  readonly status?: ContentfulStatusCode | undefined
  /** Goes there by itself; the page has a link there as well. */
  readonly onTo?: string | undefined
}

/** Sends a page in the application's colours. It runs no script. */
export async function sendConnectPage(
  c: Context,
  place: PublicUrl,
  brand: Brand,
  { title, body, status = 200, onTo }: ConnectDocument,
): Promise<Response> {
  const { style, logoUrl, logoOrigin, name } = brand
  const images = logoOrigin === undefined ? [] : [logoOrigin]
  c.header(
    'Content-Security-Policy',
    contentPolicy({ images, styles: style === undefined ? [] : [style.source] }),
  )
  const page = (
    <html lang={brand.language}>
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="robots" content="noindex" />
        {onTo !== undefined && <meta http-equiv="refresh" content={`0;url=${onTo}`} />}
        <title>{title}</title>
        <link rel="icon" href={pathOf({ place }, ASSETS.icon.path)} />
        <link rel="stylesheet" href={pathOf({ place }, ASSETS.style.path)} />
        {style !== undefined && raw(`<style>${style.css}</style>`)}
      </head>
      <body>
        <main id="main" class="card">
          <p class="brand">{logoUrl === undefined ? name : <img src={logoUrl} alt={name} />}</p>
          <h1>{title}</h1>
          {body}
        </main>
      </body>
    </html>
  )
  return await c.html(html`<!doctype html>${page}`, status)
}
