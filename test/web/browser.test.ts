import { type ServerType, serve } from '@hono/node-server'
import { Hono } from 'hono'
import { type Browser, type BrowserContext, chromium, type Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { createAuthorizationHandler } from '../../src/web/index.js'
import { evidence, findLeaks, keepText } from '../integration/evidence.js'
import { until } from '../integration/until.js'
import { type AuthorizationStage, startAuthorizationStage } from './authorization-stage.js'
import { findChromium } from './find-chromium.js'

const installed = findChromium()
if (installed === undefined)
  console.warn('SKIPPED: no Chromium on this machine (install chromium, or set CHROMIUM_PATH)')

describe.skipIf(installed === undefined)('an authorization in a real browser', () => {
  let stage: AuthorizationStage
  let server: ServerType
  let browser: Browser
  let context: BrowserContext
  let page: Page
  let base: string
  const failures: unknown[] = []
  let holding = false
  let held = ''
  const allowOther = { allowOtherAccount: false }

  beforeAll(async () => {
    stage = await startAuthorizationStage('/connections/callback')
    const { keeper, port, shopId } = stage
    base = `http://127.0.0.1:${String(port)}/connections`
    const handler = createAuthorizationHandler({
      keeper,
      publicUrl: base,
      mayConnect: (_request, { connector }) => connector === shopId && { ...allowOther },
      onFailed: (error) => failures.push(error),
      home: { label: 'Back to the application', url: '/' },
    })
    const app = new Hono()
    app.use('/connections/callback', async (c, next) => {
      if (!holding) {
        await next()
        return
      }
      held = c.req.url
      return c.body(null, 204)
    })
    app.route('/connections', handler.app)
    server = serve({ fetch: app.fetch, port, hostname: '127.0.0.1' })
    browser = await chromium.launch({
      executablePath: installed?.executablePath ?? '',
      env: installed?.env ?? {},
      args: ['--no-sandbox'],
    })
  })

  afterAll(async () => {
    await browser.close()
    installed?.remove()
    server.close()
    await stage.stop()
  })

  beforeEach(async () => {
    context = await browser.newContext()
    page = await context.newPage()
    stage.server.person.answers = 'page'
    stage.server.person.accountId = 'merchant'
    failures.length = 0
  })

  afterEach(async () => {
    await context.close()
  })

  const start = (account: string): string => `${base}/start/${stage.shopId}/${account}`
  const heading = async (): Promise<string> => (await page.textContent('h1')) ?? ''

  /** Opens the start page, and answers at the provider's. */
  async function go(account: string, answer: 'Allow' | 'Deny'): Promise<void> {
    await page.goto(start(account))
    await page.getByRole('link', { name: answer }).click()
    await page.waitForURL(/\/callback\?/)
    keepText(await page.content())
    await screenshot(page, `${account}-${answer}`)
  }

  it('that the person allows makes an active connection, and the page says so', async () => {
    await go('acme', 'Allow')
    expect(await heading()).toBe('Connected')
    expect(await page.textContent('main')).toContain(`${stage.shopId}/acme is connected`)
    expect((await stage.keeper.status(stage.shopId, 'acme')).status).toBe('active')
    expect(await page.evaluate('document.styleSheets.length')).toBe(1)
    expect(await page.evaluate('getComputedStyle(document.querySelector("main")).maxWidth')).toBe(
      '512px',
    )
  })

  it('that the person denies connects nothing, and a new start works', async () => {
    await go('denied', 'Deny')
    expect(await heading()).toBe('Access was not given')
    expect((await stage.keeper.status(stage.shopId, 'denied')).status).toBe('pending')
    await page.getByRole('link', { name: 'Start again' }).click()
    await page.getByRole('link', { name: 'Allow' }).click()
    await page.waitForURL(/\/callback\?/)
    expect(await heading()).toBe('Connected')
  })

  it('comes back once: the same address again changes nothing', async () => {
    await go('twice', 'Allow')
    const { generation } = await stage.keeper.status(stage.shopId, 'twice')
    await page.reload()
    await screenshot(page, 'twice')
    expect(await heading()).toBe('This was used before')
    const after = await stage.keeper.status(stage.shopId, 'twice')
    expect(after).toMatchObject({ status: 'active', generation })
  })

  it('ends in the browser that began it: in another one nothing happens', async () => {
    await page.goto(start('stolen'))
    // The browser that began it never gets there; somebody else opens the address.
    holding = true
    await page.getByRole('link', { name: 'Allow' }).click()
    const callback = await until(
      () => held,
      (url) => url !== '',
    )
    holding = false
    const other = await browser.newContext()
    const victim = await other.newPage()
    await victim.goto(callback)
    await screenshot(victim, 'stolen')
    expect(await victim.textContent('h1')).toBe('This was not started in this browser')
    await other.close()
    expect((await stage.keeper.status(stage.shopId, 'stolen')).status).toBe('pending')

    await page.goto(callback)
    expect(await heading()).toBe('Connected')
  })

  it('of two tabs at once both come back', async () => {
    const second = await context.newPage()
    await page.goto(start('first-tab'))
    await second.goto(start('second-tab'))
    for (const tab of [page, second]) {
      await tab.getByRole('link', { name: 'Allow' }).click()
      await tab.waitForURL(/\/callback\?/)
      expect(await tab.textContent('h1')).toBe('Connected')
    }
  })

  it('of another account than before is refused and says so', async () => {
    await go('account', 'Allow')
    await context.clearCookies()
    stage.server.person.accountId = 'somebody-else'
    await go('account', 'Allow')
    expect(await heading()).toBe('That is another account')
    expect((await stage.keeper.status(stage.shopId, 'account')).status).toBe('active')
    allowOther.allowOtherAccount = true
    await context.clearCookies()
    await go('account', 'Allow')
    expect(await heading()).toBe('Connected')
  })

  it('that gives less than was asked for is told on the page', async () => {
    stage.server.person.grants = 'openid offline_access'
    await go('less', 'Allow')
    delete stage.server.person.grants
    expect(await heading()).toBe('Connected')
    expect(await page.textContent('main')).toContain('was not granted orders')
  })

  it('leaves no code, state, token or secret in pages, failures and logs', () => {
    expect(findLeaks(evidence(), new Map([['client secret', stage.clientSecret]]))).toEqual([])
    expect(evidence()).not.toMatch(/[?&](?:code|state)=/)
  })
})

/** For a look at the pages: where `TOKENKEEPER_SCREENSHOTS` names a folder. */
async function screenshot(page: Page, name: string): Promise<void> {
  const folder = process.env['TOKENKEEPER_SCREENSHOTS']
  if (folder !== undefined) await page.screenshot({ path: `${folder}/${name}.png` })
}
