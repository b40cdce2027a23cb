import { get } from 'node:http'
import axe from 'axe-core'
import {
  type Browser,
  type BrowserContext,
  chromium,
  type Locator,
  type Page,
} from 'playwright-core'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
import type { ConnectLinkOptions } from '../../src/client/connect-links.js'
import { wantedPath } from '../../src/console/access/need-person.js'
import { enteredFields } from '../../src/console/connect/connect-form-view.js'
import { createConsole } from '../../src/console/index.js'
import type { ConsoleSite } from '../../src/console/site/console-site.js'
import { readPublicUrl } from '../../src/web/public-url.js'
import { serveConsole } from '../../src/cli/serve-console.js'
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
    context.setDefaultTimeout(60_000)
    page = await context.newPage()
    stage.server.person.answers = 'page'
    stage.server.person.accountId = 'merchant'
  })

  afterEach(async () => {
    await context.close()
  })

  /** Waits until this is what the page is about: what was there before may stay for a moment. */
  const heading = (name: string, of = page): Promise<void> =>
    of.getByRole('heading', { level: 1, name, exact: true }).waitFor()
  const click = (name: string): Promise<void> => page.getByRole('button', { name }).click()

  /** What a browser does when another tab comes before this one, and when it goes again. */
  async function setHidden(hidden: boolean): Promise<void> {
    await page.evaluate(
      `Object.defineProperty(document, 'hidden', { configurable: true, value: ${String(hidden)} })
      document.dispatchEvent(new Event('visibilitychange'))`,
    )
  }

  async function signIn(token: string, path = '/'): Promise<void> {
    await page.goto(`${stage.base}${path}`)
    // By the keyboard alone.
    await page.getByLabel('Token').focus()
    await page.keyboard.type(token)
    await page.keyboard.press('Enter')
    await page.getByRole('button', { name: 'Sign out' }).waitFor()
  }

  /** Looks at a page in light and dark, and keeps what it shows. */
  async function look(name: string): Promise<void> {
    keepText(await page.content())
    const { pathname, search } = new URL(page.url())
    // What the provider itself puts there is of use once, and in this browser only.
    if (!pathname.endsWith('/callback')) expect(search).not.toMatch(/token|code=|state=|secret/)
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
    await heading('Sign in')
    await look('sign-in')
    await page.getByLabel('Token').fill('certainly not the token')
    await click('Sign in')
    expect(await page.getByRole('alert').textContent()).toContain('This is not the token')
    await page.getByLabel('Token').fill(stage.token)
    await click('Sign in')
    await heading('There is no such connection')
    expect(new URL(page.url()).pathname).toBe(path)
    const [session] = await context.cookies()
    expect(session).toMatchObject({ httpOnly: true, sameSite: 'Lax' })
    await click('Sign out')
    await heading('Sign in')
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
    await page.getByLabel('Tags').fill('customer:1')
    await page.getByRole('heading').first().click()
    // Over HTTP/1.1 a browser has six connections to one host.
    await setHidden(true)
    await Promise.all([page.waitForRequest(/\/live\?/), setHidden(false)])
    await stage.keeper.pause(stage.erpId)
    const row = page.getByRole('row').filter({ hasText: `${stage.erpId}/default` })
    await row.getByText('paused').waitFor()
    expect(await page.getByLabel('Tags').inputValue()).toBe('customer:1')
    await page.getByLabel('Tags').fill('')
    await page.getByLabel('State').selectOption('paused')
    await page.waitForURL(/status=paused/)
    await stage.keeper.resume(stage.erpId)
    await page.goto(stage.base)
    await page.getByLabel('Name begins with').fill(`${stage.erpId}/def`)
    await click('Search')
    await page.getByRole('link', { name: `${stage.erpId}/default` }).click()
    await heading(`${stage.erpId}/default`)

    await click('Verify')
    await page.getByText('The upstream accepts the credential.').waitFor()
    await click('Pause')
    await page.getByText('paused', { exact: true }).first().waitFor()
    await page.getByRole('status').filter({ hasText: 'is paused' }).waitFor()
    await look('connection-paused')
    await click('Resume')
    // Without a further click: the page draws itself again.
    await page.locator('.badge.good').waitFor()
    await look('connection')
    keepText(JSON.stringify(await stage.keeper.story(stage.erpId)))
  })

  it('re-authorises while flows are parked, which then go on', async () => {
    await signIn(stage.token, `/start/${stage.shopId}/acme`)
    await heading('There is no such connection')
    await page.goto(`${stage.base}/start/${stage.shopId}/acme`)
    await page.getByRole('link', { name: 'Allow' }).click()
    await page.waitForURL(/done=connected/)
    await heading(`${stage.shopId}/acme`)

    await stage.keeper.connect(stage.erpId, 'default', { apiKey: stage.erpKeys[0] })
    await stage.server.revokeGrants()
    const workflowId = await stage.sync('parked')
    await page.getByText('needs reauth', { exact: true }).waitFor()
    await page.getByRole('link', { name: workflowId }).waitFor()
    await look('needs-reauth')

    await page.getByRole('link', { name: 'Re-authorise' }).click()
    await page.getByRole('link', { name: 'Deny' }).click()
    await heading('Access was not given')
    await page.getByRole('link', { name: 'Start again' }).click()
    await page.getByRole('link', { name: 'Allow' }).click()
    await page.getByText('No flow waits').waitFor()
    const result: unknown = await stage.client.workflow.getHandle(workflowId).result()
    expect(result).toMatchObject({ read: 40 })
    await look('connected-again')
  })

  it('is used by the keyboard alone: finds a connection, rotates, pauses and lets it go on', async () => {
    await stage.keeper.connect(stage.erpId, 'by-keyboard', { apiKey: stage.erpKeys[0] })
    const name = `${stage.erpId}/by-keyboard`
    /** Goes on by Tab to what is meant, which is seen to have the focus, and types there. */
    const at = async (wanted: Locator, type: (keyboard: Page['keyboard']) => Promise<void>) => {
      await wanted.waitFor()
      const isThere = (): Promise<boolean> =>
        wanted.evaluate((one: Focusable) => one === one.ownerDocument.activeElement)
      for (let tabs = 0; tabs < 80 && !(await isThere()); tabs += 1)
        await page.keyboard.press('Tab')
      expect(await isThere()).toBe(true)
      // Of `:focus-visible`, as a person sees it.
      expect(await page.evaluate('getComputedStyle(document.activeElement).outlineWidth')).toBe(
        '3px',
      )
      await type(page.keyboard)
    }
    const link = (called: string): Locator => page.getByRole('link', { name: called, exact: true })
    const button = (called: string): Locator =>
      page.getByRole('button', { name: called, exact: true })

    await page.goto(`${stage.base}/`)
    await at(page.getByLabel('Token'), (keyboard) => keyboard.type(stage.token))
    await at(button('Sign in'), (keyboard) => keyboard.press('Enter'))
    await heading('Connections')
    await at(page.getByLabel('Name begins with'), async (keyboard) => {
      await keyboard.type(name)
      await keyboard.press('Enter')
    })
    await page.waitForURL(/by-keyboard/)
    // Visibility is a little late; the page draws itself again, and the keyboard stays where it is.
    await at(link(name), (keyboard) => keyboard.press('Enter'))
    await heading(name)
    await at(link('Rotate'), (keyboard) => keyboard.press('Enter'))
    await at(page.getByLabel('Integration key'), (keyboard) => keyboard.type(stage.erpKeys[1]))
    await at(button('Rotate'), (keyboard) => keyboard.press('Space'))
    await page.getByText('works with the new credential').waitFor()
    await at(button('Pause'), (keyboard) => keyboard.press('Space'))
    await page.getByRole('status').filter({ hasText: 'is paused' }).waitFor()
    await at(button('Resume'), (keyboard) => keyboard.press('Enter'))
    await page.locator('.badge.good').waitFor()
    expect(await stage.keeper.status(stage.erpId, 'by-keyboard')).toMatchObject({
      status: 'active',
      generation: 2,
    })
    await at(button('Sign out'), (keyboard) => keyboard.press('Enter'))
    await heading('Sign in')
  })

  it('works without JavaScript', async () => {
    const plain = await browser.newContext({ javaScriptEnabled: false })
    page = await plain.newPage()
    await signIn(stage.token, `/connections/${stage.erpId}/default`)
    await click('Pause')
    await until(
      async () => {
        await page.reload()
        return await page.textContent('.badge')
      },
      (state) => state === 'paused',
    )
    await click('Resume')
    await page.getByText('hands out leases again').waitFor()
    await plain.close()
  })

  it('lets a viewer look and change nothing', async () => {
    await signIn(stage.viewerToken, `/connections/${stage.erpId}/default`)
    expect(await page.getByRole('button').allTextContents()).toEqual(['Sign out'])
    await page.goto(`${stage.base}/fleet`)
    expect(await page.getByRole('button').allTextContents()).toEqual(['Sign out'])
    const form = await page.locator('input[name=form]').first().inputValue()
    const headers = { 'sec-fetch-site': 'same-origin' }
    const survey = `${stage.base}/fleet/survey`
    expect((await page.request.post(survey, { headers, form: { form } })).status()).toBe(403)
    await page.goto(`${stage.base}/connections/${stage.erpId}/default/revoke`)
    await heading('You may only look')
    await page.goto(`${stage.base}/connections/${stage.erpId}/default`)
    // Signed out elsewhere: what is open here is told so.
    await context.clearCookies()
    await setHidden(true)
    await setHidden(false)
    await page.getByRole('heading', { name: 'Sign in' }).waitFor()
  })

  it('offers no form for a connection that there is not, and starts nothing', async () => {
    await signIn(stage.token)
    for (const way of ['rotate', 'connect']) {
      await page.goto(`${stage.base}/connections/${stage.erpId}/unheard-of/${way}`)
      await heading('There is no such connection')
    }
    await expect(stage.keeper.status(stage.erpId, 'unheard-of')).rejects.toThrow('no connection')
  })

  it('revokes after a question', async () => {
    await signIn(stage.token, `/connections/${stage.erpId}/default`)
    await page.getByRole('link', { name: 'Revoke …' }).click()
    await heading(`Revoke ${stage.erpId}/default?`)
    await look('revoke')
    await click(`Revoke ${stage.erpId}/default`)
    await page.getByText('revoked', { exact: true }).first().waitFor()
  })

  it('rotates and re-authorises with the fields of the kind, and keeps what worked', async () => {
    const [first, second] = stage.erpKeys
    await stage.keeper.connect(stage.erpId, 'rotating', { apiKey: first })
    await signIn(stage.token, `/connections/${stage.erpId}/rotating/rotate`)
    await page.getByLabel('Integration key').fill('canary-wrong-key')
    await click('Rotate')
    expect(await page.getByRole('alert').textContent()).toContain(`${stage.erpId}/rotating`)
    expect(await page.getByLabel('Integration key').inputValue()).toBe('')
    await look('rotate-refused')
    await page.getByLabel('Integration key').fill(second)
    await click('Rotate')
    await page.getByText('works with the new credential').waitFor()
    const story = await stage.keeper.story(stage.erpId, 'rotating')
    expect(story.find(({ event }) => event === 'rotated')).toMatchObject({
      by: { name: 'console token', via: 'console' },
    })
    keepText(JSON.stringify(story))
  })

  it('signs in by OpenID Connect, and lets in whom the claims allow', async () => {
    stage.server.person.answers = 'allow'
    stage.server.person.accountId = 'mallory'
    await page.goto(`${stage.base}/oidc/syncs`)
    await page.getByRole('link', { name: 'Sign in' }).click()
    await page.getByRole('heading', { name: 'You may not see this console' }).waitFor()
    await context.clearCookies()
    stage.server.person.accountId = 'anna'
    await page.goto(`${stage.base}/oidc/syncs`)
    await look('sign-in-oidc')
    await page.getByRole('link', { name: 'Sign in' }).click()
    await page.getByRole('heading', { name: 'Syncs' }).waitFor()
    expect(await page.textContent('.person')).toContain('anna')
    const again = await context.newPage()
    await again.goto(`${stage.base}/oidc/sign-in/callback?code=x&state=y`)
    await heading('Nobody was signed in', again)
  })

  it('names an issuer that can not be reached, and why', async () => {
    const failures: unknown[] = []
    // Nobody listens there, and only root could.
    const port = 2
    const alone = createConsole({
      client: stage.client,
      keeper: stage.keeper,
      publicUrl: 'https://ops.example',
      onFailed: (error) => failures.push(error),
      signIn: {
        kind: 'oidc',
        issuer: `http://127.0.0.1:${String(port)}`,
        clientId: 'tokenkeeper',
        roleOf: () => 'viewer',
      },
    })
    const answer = await alone.fetch(new Request('https://ops.example/sign-in/start'))
    expect(answer.status).toBe(503)
    expect(await answer.text()).toContain('ECONNREFUSED')
    expect(String(failures[0])).toContain(
      `Sign-in at 127.0.0.1:${String(port)} failed: ECONNREFUSED`,
    )
  })

  it('shows syncs and replays one that was terminated', async () => {
    // A lease that a worker has found works on for a while after a pause: this one has none yet.
    await stage.keeper.connect(stage.erpId, 'held', { apiKey: stage.erpKeys[1] })
    await stage.keeper.pause(stage.erpId, 'held')
    const workflowId = await stage.sync('replayed', 'held')
    await signIn(stage.token, `/syncs?id=${workflowId}`)
    await page.getByText('parked').waitFor()
    await look('sync')
    await stage.client.workflow.getHandle(workflowId).terminate('to be replayed')
    await click('Replay')
    await page.getByText('1 started').waitFor()
    // What is not understood does not stand for all.
    const form = await page.locator('input[name=form]').first().inputValue()
    for (const wrong of [{ id: '' }, { failure: 'unheard-of' }, {}]) {
      const headers = { 'sec-fetch-site': 'same-origin' }
      const to = `${stage.base}/syncs/replay`
      const answer = await page.request.post(to, { headers, form: { form, ...wrong } })
      expect(answer.status(), JSON.stringify(wrong)).toBe(400)
    }
    await page.goto(`${stage.base}/syncs/replay?failure=unheard-of`)
    expect(await page.textContent('main')).toContain('Nothing was replayed')
    await stage.keeper.resume(stage.erpId, 'held')
    const result: unknown = await stage.client.workflow.getHandle(workflowId).result()
    expect(result).toMatchObject({ read: 40 })
  })

  it('shows the fleet, and asks for the keys in use', async () => {
    await signIn(stage.token, '/fleet')
    await click('Ask them')
    await page.getByRole('columnheader', { name: 'Sealing key' }).waitFor()
    await page.getByRole('button', { name: 'Ask them again' }).waitFor()
    const { keyIds = [] } = await stage.keeper.status(stage.erpId, 'rotating')
    expect(await page.textContent('main')).toContain(keyIds[0] ?? 'no key')
    await look('fleet')
  })

  it('goes on drawing for whoever is told by a header, through a moment without an answer', async () => {
    let now: 'well' | 'away' | 'signed out' = 'well'
    const own = createConsole({
      client: stage.client,
      keeper: stage.keeper,
      taskQueue: stage.taskQueue,
      publicUrl: 'https://ops.example',
      signIn: {
        kind: 'own',
        personOf: ({ headers }) => {
          if (headers.get('tokenkeeper-part') !== null && now === 'away') throw new Error('away')
          const name = headers.get('x-user')
          return name === null || now === 'signed out' ? undefined : { name, role: 'viewer' }
        },
      },
    })
    const url = 'https://ops.example/live?page=%2Fsyncs'
    const { body } = await own.fetch(new Request(url, { headers: { 'x-user': 'anna' } }))
    const seen: string[] = []
    const decoder = new TextDecoder()
    for await (const chunk of body ?? []) {
      const event = /^(?:event: \w+|: [\w ]+)/m.exec(decoder.decode(chunk as Uint8Array))?.[0]
      if (event === undefined) continue
      seen.push(event)
      now = seen.length === 1 ? 'away' : 'signed out'
    }
    expect(seen).toEqual(['event: main', ': still here', 'event: gone'])
  })

  it('refuses other names, other origins and other methods than its forms', async () => {
    const ask = (path: string, init: RequestInit = {}): Promise<Response> =>
      fetch(`${stage.base}${path}`, { redirect: 'manual', ...init })
    const headers = { 'sec-fetch-site': 'cross-site', origin: 'https://evil.example' }
    const forged = await ask('/sign-in', { method: 'POST', headers, body: `token=${stage.token}` })
    expect(forged.status).toBe(403)
    expect((await ask('/sign-in', { method: 'POST' })).status).toBe(403)
    const { headers: sent } = await ask('/sign-in')
    expect(sent.get('content-security-policy')).toContain("script-src 'self'")
    expect(sent.get('content-security-policy')).not.toContain('unsafe')
    expect((await ask('/')).headers.get('location')).toContain('/sign-in')
    expect((await ask('/live?page=/')).status).toBe(303)
    expect(await askAs('rebound.example', stage.base)).toBe(421)
    const secure = createConsole({
      client: stage.client,
      keeper: stage.keeper,
      publicUrl: 'https://ops.example',
      signIn: { kind: 'token', token: stage.token },
    })
    const signedIn = await secure.fetch(
      new Request('https://ops.example/sign-in', {
        method: 'POST',
        headers: { 'sec-fetch-site': 'same-origin' },
        body: new URLSearchParams({ token: stage.token, next: 'https://evil.example/' }),
      }),
    )
    expect(signedIn.headers.get('location')).toBe('/')
    expect(signedIn.headers.get('set-cookie')).toMatch(
      /^__Host-tokenkeeper-console=[^;]+; Max-Age=28800; Path=\/; HttpOnly; Secure; SameSite=Lax$/,
    )
  })

  describe('a connect link', () => {
    const link = async (
      connection: string,
      more: Partial<ConnectLinkOptions> = {},
    ): Promise<string> => {
      const { url } = await stage.keeper.createConnectLink({ connection, ...more })
      expect(url).toMatch(/\/connect\/[\w.-]+$/)
      return url
    }
    const redirectUrl = (): string => `${stage.base}/sign-in`

    it('connects by consent, once, with tags and the name of the person', async () => {
      const name = `${stage.shopId}/customer-1`
      const url = await link(name, { tags: ['customer:1'], person: 'Carla', owner: 'user-1' })
      await page.goto(url)
      await heading('Connect Example Shop')
      await look('connect-consent')
      await click('Continue to Example Shop')
      await page.getByRole('link', { name: 'Deny' }).click()
      await heading('Access was not given')
      await look('connect-denied')
      await page.getByRole('link', { name: 'Try again' }).click()
      await click('Continue to Example Shop')
      await page.getByRole('link', { name: 'Allow' }).click()
      await page.getByRole('heading', { name: 'Connected' }).waitFor()
      await look('connect-connected')
      const status = await stage.keeper.status(stage.shopId, 'customer-1')
      expect(status).toMatchObject({ status: 'active', tags: ['customer:1'], owner: 'user-1' })
      const story = await stage.keeper.story(stage.shopId, 'customer-1')
      expect(story.find(({ event }) => event === 'connected')).toMatchObject({
        by: { name: 'Carla', via: 'connect page' },
      })
      await page.goto(url)
      await heading('This link was used already')
      await look('connect-used')
    })

    it('connects with a form, after the upstream has taken the key', async () => {
      const name = `${stage.erpId}/customer-2`
      const url = await link(name, { redirectUrl: redirectUrl() })
      // Two browsers may have it open: one of them connects.
      const other = await context.newPage()
      await other.goto(url)
      await page.goto(url)
      await page.getByLabel('Integration key').fill('canary-wrong-key')
      await click('Connect')
      expect(await page.getByRole('alert').textContent()).toContain('did not accept')
      await look('connect-form-refused')
      await page.getByLabel('Integration key').fill(stage.erpKeys[0])
      await click('Connect')
      await page.waitForURL(/result=connected/)
      const { searchParams } = new URL(page.url())
      expect(searchParams.get('next')).toBe(null)
      expect(searchParams.get('connection')).toBe(name)
      expect((await stage.keeper.status(stage.erpId, 'customer-2')).status).toBe('active')
      await other.getByLabel('Integration key').fill(stage.erpKeys[1])
      await other.getByRole('button', { name: 'Connect' }).click()
      await heading('This link was used already', other)
    })

    it('is good once, though two send at the same moment', async () => {
      const url = await link(`${stage.erpId}/customer-4`, { redirectUrl: redirectUrl() })
      const send = async (key: string): Promise<number> => {
        const body = new URLSearchParams({ 'field.apiKey': key })
        const headers = { 'sec-fetch-site': 'same-origin' }
        const init: RequestInit = { method: 'POST', headers, body, redirect: 'manual' }
        // No redirect: a policy for forms would stop the application's own.
        return (await fetch(url, init)).status
      }
      expect((await Promise.all(stage.erpKeys.map(send))).sort()).toEqual([200, 409])
    })

    it('says so where a consent was begun many times and never finished', async () => {
      const url = await link(`${stage.shopId}/customer-6`)
      const headers = { 'sec-fetch-site': 'same-origin' }
      const begin = (): Promise<Response> =>
        fetch(url, { method: 'POST', headers, body: new URLSearchParams() })
      // Few at a time: Temporal has a bound for the updates of one workflow that are under way.
      for (let times = 0; times < 20; times += 5)
        for (const { status } of await Promise.all(Array.from({ length: 5 }, begin)))
          expect(status).toBe(200)
      const last = await begin()
      expect(last.status).toBe(429)
      expect(await last.text()).toContain('TooMany')
    })

    it('ends, and is refused when it was changed', async () => {
      const url = await link(`${stage.erpId}/customer-3`, { expiresIn: '1 second' })
      await until(
        async () => {
          await page.goto(url)
          return await page.textContent('h1')
        },
        (text) => text === 'This link has ended',
      )
      const good = await link(`${stage.erpId}/customer-3`)
      const at = good.length - 30
      const changed = `${good.slice(0, at)}${good[at] === 'A' ? 'B' : 'A'}${good.slice(at + 1)}`
      await page.goto(changed)
      await heading('This is no link of ours')
      await page.goto(good)
      await look('connect-form')
    })

    it('asks again for a value that does not fit, and stays spent while its credential is tried', async () => {
      stage.server.person.answers = 'allow'
      const url = await link(`${stage.regionalId}/customer-5`, { redirectUrl: redirectUrl() })
      await page.goto(url)
      await page.getByLabel('Region').fill('no label!')
      await click('Continue to Regional Shop')
      expect(await page.getByRole('alert').textContent()).toContain('Something is missing')
      expect(await page.getByLabel('Region').inputValue()).toBe('no label!')
      await look('connect-consent-incomplete')
      await page.getByLabel('Region').fill('busy')
      await click('Continue to Regional Shop')
      await page.waitForURL(/result=under_way/)
      await page.goto(url)
      await heading('This link was used already')
    })

    it('re-authorises by consent what is dead', async () => {
      stage.server.person.answers = 'allow'
      await stage.server.revokeGrants()
      await expect(stage.keeper.refresh(stage.shopId, 'customer-1')).rejects.toThrow(
        'invalid_grant',
      )
      await until(
        () => stage.keeper.status(stage.shopId, 'customer-1'),
        ({ status }) => status !== 'active',
      )
      await page.goto(await link(`${stage.shopId}/customer-1`))
      await click('Continue to Example Shop')
      await page.getByRole('heading', { name: 'Connected' }).waitFor()
      const { status, tags } = await stage.keeper.status(stage.shopId, 'customer-1')
      expect({ status, tags }).toEqual({ status: 'active', tags: ['customer:1'] })
    })
  })

  it('leaves no secret in pages, and tells failures only', () => {
    const canaries = new Map([
      ['client secret', stage.clientSecret],
      ['erp key', stage.erpKeys[0]],
      ['sign-in token', stage.token],
      ['second erp key', stage.erpKeys[1]],
      ['wrong key', 'canary-wrong-key'],
      ['link key', stage.linkKey],
    ])
    expect(findLeaks(evidence(), canaries)).toEqual([])
  })
})

it.each([
  ['http://127.0.0.1:8484/', undefined],
  ['https://ops.example', 'https://ops.example/tokenkeeper'],
  ['https://ops.example/tokenkeeper', 'https://ops.example/tokenkeeper'],
])('refuses connect links at %s, where the console is', async (connectUrl, publicUrl) => {
  vi.stubEnv('TOKENKEEPER_LINK_KEYS', 'k'.repeat(32))
  const options = { host: '127.0.0.1', port: 8484, output: 'text', publicUrl, connectUrl }
  await expect(serveConsole(options as never)).rejects.toThrow(
    'would take the place of the console',
  )
  vi.unstubAllEnvs()
})

it.each([
  ['/.//evil.example', '/'],
  ['/x/..//evil.example', '/'],
  ['//evil.example', '/'],
  ['/syncs?show=failed', '/syncs?show=failed'],
  ['/start/shop/acme', '/connections/shop/acme'],
])('after a sign-in %s leads to %s', (next, path) => {
  const place = readPublicUrl('https://ops.example')
  expect(wantedPath({ place } as ConsoleSite, next)).toBe(path)
})

const REFERENCE = 'file:/run/secrets/other.json'
const FORM_FIELDS = ['privateKey', 'issuer', 'reference', 'sealed'].map((name) => ({
  name,
  label: name,
}))
it.each([
  [
    'a key file gives its fields',
    { privateKey: '{"client_email":"a@b.example","private_key":"K","issuer":"I","x":"y"}' },
    { client_email: 'a@b.example', private_key: 'K', issuer: 'I' },
  ],
  ['a text stays as it is', { privateKey: ' K ' }, { privateKey: 'K' }],
  [
    'no reference in a key file',
    { privateKey: JSON.stringify({ reference: REFERENCE }) },
    { privateKey: `{"reference":"${REFERENCE}"}` },
  ],
  ['no reference in a field', { reference: REFERENCE, sealed: 'x', issuer: 'I' }, { issuer: 'I' }],
])('of what a person enters: %s', (_what, typed, fields) => {
  const entries = Object.entries<unknown>(typed).map(
    ([name, value]) => [`field.${name}`, value] as const,
  )
  expect(enteredFields(FORM_FIELDS, Object.fromEntries(entries))).toEqual(fields)
})

/** An element of a page, as far as it is asked here: these types have no DOM. */
interface Focusable {
  readonly ownerDocument: { readonly activeElement: unknown }
}

/** The status of an answer to a request under another name: `fetch` does not let one say it. */
function askAs(host: string, base: string): Promise<number> {
  return new Promise((resolve, reject) => {
    get(base, { headers: { host } }, (response) => {
      response.resume()
      resolve(response.statusCode ?? 0)
    }).on('error', reject)
  })
}
