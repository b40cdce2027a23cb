/** The header by which the stream of changes asks for the content of `main` alone. */
export const PART_HEADER = 'tokenkeeper-part'

/**
 * The one script of the console, served as a file of its own: `script-src 'self'`. Without it every page
 * works; with it a page that is open draws itself again when what it shows has changed, and never while
 * somebody types into it.
 */
export const CONSOLE_SCRIPT = `'use strict'
const main = document.querySelector('main[data-live]')
const announced = document.getElementById('announced')

if (main) {
  // Of a mouse, a finger or a key: what is drawn anew between press and release is not clicked.
  let pressing = false

  function isBusy() {
    const active = document.activeElement
    const typing = active && main.contains(active) && active.matches('input, textarea, select')
    const selecting = String(getSelection()) !== ''
    return typing || selecting || pressing
  }

  // What was typed and not sent yet.
  function typedOnes() {
    return [...main.querySelectorAll('input[id], textarea[id]')]
      .filter((one) => one.value !== one.defaultValue)
      .map(({ id, value }) => ({ id, value }))
  }

  function openOnes() {
    return [...main.querySelectorAll('details[open][id]')].map((one) => one.id)
  }

  // Where the keyboard is, for what is drawn anew: a link has no id, but leads somewhere.
  function focusedOne() {
    const active = document.activeElement
    if (!active || !main.contains(active)) return undefined
    if (active.id) return '#' + CSS.escape(active.id)
    const href = active.matches('a[href]') && CSS.escape(active.getAttribute('href'))
    return href ? 'a[href="' + href + '"]' : undefined
  }

  let waiting
  // The sentence about what an operator did stays for the first change, which often shows what came of it.
  let drawn = 0
  function show(content) {
    if (isBusy()) {
      waiting = content
      return
    }
    waiting = undefined
    const open = openOnes()
    const typed = typedOnes()
    const focused = focusedOne()
    const before = main.querySelector('[data-state]')
    main.innerHTML = content
    for (const id of open) document.getElementById(id)?.setAttribute('open', '')
    for (const { id, value } of typed) {
      const field = document.getElementById(id)
      if (field) field.value = value
    }
    if (focused) main.querySelector(focused)?.focus({ preventScroll: true })
    const after = main.querySelector('[data-state]')
    if (announced && after && before && after.dataset.state !== before.dataset.state) {
      announced.textContent = after.dataset.state
      const isBad = main.querySelector('.heading .badge.bad') !== null
      if (drawn > 0 || isBad) document.getElementById('done')?.remove()
    }
    drawn += 1
  }

  const live = new URL(main.dataset.live, location.href)
  let source

  // Only while somebody can see it: over HTTP/1.1 a browser has six connections to one host.
  function open() {
    if (source || document.hidden) return
    source = new EventSource(live)
    source.addEventListener('main', (event) => {
      live.searchParams.set('shown', event.lastEventId)
      show(event.data)
    })
    source.addEventListener('gone', lookAgain)
    source.addEventListener('error', () => {
      // Else the browser asks again by itself.
      if (source && source.readyState === EventSource.CLOSED) lookAgain()
    })
  }

  function close() {
    if (source) source.close()
    source = undefined
  }

  // Whoever is signed out is shown so. A server that is busy or away is asked again.
  async function lookAgain() {
    close()
    const options = { headers: { '${PART_HEADER}': 'main' }, redirect: 'manual' }
    const answer = await fetch(location.href, options).catch(() => undefined)
    if (answer && (answer.type === 'opaqueredirect' || [401, 403, 404].includes(answer.status)))
      location.reload()
    else setTimeout(open, 10000)
  }

  open()
  document.addEventListener('visibilitychange', () => (document.hidden ? close() : open()))
  addEventListener('pagehide', close)
  addEventListener('pageshow', open)
  const showWaiting = () => setTimeout(() => waiting && show(waiting), 0)
  document.addEventListener('focusout', showWaiting)
  for (const name of ['pointerdown', 'keydown'])
    document.addEventListener(name, () => (pressing = true), true)
  for (const name of ['pointerup', 'pointercancel', 'keyup'])
    document.addEventListener(name, () => {
      pressing = false
      showWaiting()
    })
  // A key may be let go in another window.
  addEventListener('blur', () => (pressing = false))
}

// The listeners are on the document, since what is in the page is drawn again.
document.addEventListener('submit', ({ target }) => {
  if (target.matches('form[method=post]'))
    for (const button of target.querySelectorAll('button')) button.setAttribute('aria-disabled', 'true')
})
document.addEventListener('change', ({ target }) => {
  if (target.matches('select[data-submit]')) target.form.requestSubmit()
})
`
