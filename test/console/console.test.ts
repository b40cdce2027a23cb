import axe from 'axe-core'
import { type Browser, type BrowserContext, chromium, type Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { evidence, findLeaks, keepText } from '../integration/evidence.js'
import { until } from '../integration/until.js'
import { findChromium } from '../web/find-chromium.js'
import { type ConsoleStage, startConsoleStage } from './console-stage.js'

const installed = findChromium()
if (installed === undefined)
  console.warn('SKIPPED: no Chromium on this machine (install chromium, or set CHROMIUM_PATH)')

describe.skipIf(installed === undefined)('the console in a real browser', () => {
  let stage: ConsoleStage
  let browser: Browser
  let context: BrowserContext
  let page: Page

  beforeAll(async () => {
    stage = await startConsoleStage()
    browser = await chromium.launch({
      executablePath: installed?.executablePath ?? '',
      env: installed?.env ?? {},
      args: ['--no-sandbox'],
    })
  })

  afterAll(async () => {
    await browser.close()
    installed?.remove()
    await stage.stop()
  })

  beforeEach(async () => {
    context = await browser.newContext({ viewport: { width: 1100, height: 800 } })
    context.setDefaultTimeout(15_000)
    page = await context.newPage()
    stage.server.person.answers = 'page'
  })

  afterEach(async () => {
    await context.close()
  })

  const heading = async (): Promise<string> => (await page.textContent('h1')) ?? ''
  const click = (name: string): Promise<void> => page.getByRole('button', { name }).click()

  async function signIn(token: string, path = '/'): Promise<void> {
    await page.goto(`${stage.base}${path}`)
    await page.getByLabel('Token').fill(token)
    await click('Sign in')
  }

  /** Looks at a page in light and dark, and keeps what it shows. */
  async function look(name: string): Promise<void> {
    keepText(await page.content())
    expect(new URL(page.url()).search).not.toMatch(/token|code|state|secret/)
    for (const colorScheme of ['light', 'dark'] as const) {
      await page.emulateMedia({ colorScheme })
      const folder = process.env['TOKENKEEPER_SCREENSHOTS']
      if (folder !== undefined)
        await page.screenshot({ path: `${folder}/${name}-${colorScheme}.png` })
      await page.evaluate(axe.source)
      const { violations } = await page.evaluate<axe.AxeResults>('axe.run()')
      expect(
        violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(' ')}`),
      ).toEqual([])
    }
    await page.emulateMedia({ colorScheme: null })
  }

  it('lets nobody in without the token, and leads on to what was asked for', async () => {
    const path = `/connections/${stage.erpId}/default`
    await page.goto(`${stage.base}${path}`)
    expect(await heading()).toBe('Sign in')
    await look('sign-in')
    await page.getByLabel('Token').fill('certainly not the token')
    await click('Sign in')
    expect(await page.getByRole('alert').textContent()).toContain('This is not the token')
    await page.getByLabel('Token').fill(stage.token)
    await click('Sign in')
    expect(new URL(page.url()).pathname).toBe(path)
    expect(await heading()).toBe('There is no such connection')
    const [session] = await context.cookies()
    expect(session).toMatchObject({ httpOnly: true, sameSite: 'Lax' })
    await click('Sign out')
    expect(await heading()).toBe('Sign in')
  })

  it('shows connections, and what a person can do', async () => {
    await stage.keeper.connect(stage.erpId, 'default', { apiKey: stage.erpKeys[0] })
    await signIn(stage.token)
    await until(
      async () => {
        await page.reload()
        return await page.textContent('main')
      },
      (text) => text?.includes(`${stage.erpId}/default`) === true,
    )
    await look('connections')
    await page.getByLabel('Name begins with').fill(`${stage.erpId}/def`)
    await click('Search')
    await page.getByRole('link', { name: `${stage.erpId}/default` }).click()
    expect(await heading()).toBe(`${stage.erpId}/default`)

    await click('Pause')
    await page.getByText('paused', { exact: true }).first().waitFor()
    expect(await page.getByRole('status').last().textContent()).toContain('is paused')
    await look('connection-paused')
    await click('Resume')
    // Without a further click: the page draws itself again.
    await page.locator('.badge.good').waitFor()
    await look('connection')
    keepText(JSON.stringify(await stage.keeper.story(stage.erpId)))
  })

  it('re-authorises while flows are parked, which then go on', async () => {
    await signIn(stage.token, `/start/${stage.shopId}/acme`)
    expect(await heading()).toBe('There is no such connection')
    await page.goto(`${stage.base}/start/${stage.shopId}/acme`)
    await page.getByRole('link', { name: 'Allow' }).click()
    await page.waitForURL(/done=connected/)
    expect(await heading()).toBe(`${stage.shopId}/acme`)

    await stage.server.revokeGrants()
    await click('Refresh')
    await page.getByText('needs reauth').waitFor()
    const workflowId = await stage.sync('parked')
    await page.getByRole('link', { name: workflowId }).waitFor()
    await look('needs-reauth')

    await page.getByRole('link', { name: 'Re-authorise' }).click()
    await page.getByRole('link', { name: 'Deny' }).click()
    expect(await heading()).toBe('Access was not given')
    await page.getByRole('link', { name: 'Start again' }).click()
    await page.getByRole('link', { name: 'Allow' }).click()
    await page.getByText('No flow waits').waitFor()
    const result: unknown = await stage.client.workflow.getHandle(workflowId).result()
    expect(result).toMatchObject({ read: 40 })
    await look('connected-again')
  })

  it('lets a viewer look and change nothing', async () => {
    await signIn(stage.viewerToken, `/connections/${stage.erpId}/default`)
    expect(await page.getByRole('button').allTextContents()).toEqual(['Sign out'])
    await page.goto(`${stage.base}/connections/${stage.erpId}/default/revoke`)
    expect(await heading()).toBe('You may only look')
  })

  it('revokes after a question', async () => {
    await signIn(stage.token, `/connections/${stage.erpId}/default`)
    await page.getByRole('link', { name: 'Revoke …' }).click()
    expect(await heading()).toBe(`Revoke ${stage.erpId}/default?`)
    await look('revoke')
    await click(`Revoke ${stage.erpId}/default`)
    await page.getByText('revoked', { exact: true }).first().waitFor()
  })

  it('leaves no secret in pages, and tells failures only', () => {
    const canaries = new Map([
      ['client secret', stage.clientSecret],
      ['erp key', stage.erpKeys[0]],
      ['sign-in token', stage.token],
    ])
    expect(findLeaks(evidence(), canaries)).toEqual([])
  })
})
