/**
 * The one script of the console, served as a file of its own: `script-src 'self'`. Without it every page
 * works; with it a page that is open draws itself again when what it shows has changed, and never while
 * somebody types into it.
 */
export const CONSOLE_SCRIPT = `'use strict'
const main = document.querySelector('main[data-live]')
const announced = document.getElementById('announced')

function isBusy() {
  const active = document.activeElement
  const typing = active && main.contains(active) && active.matches('input, textarea, select')
  const selecting = String(getSelection()) !== ''
  return typing || selecting
}

function openOnes() {
  return [...main.querySelectorAll('details[open][id]')].map((one) => one.id)
}

let waiting
// What was done often shows in the first change: its sentence stays for that one.
let drawn = 0
function show(content) {
  if (isBusy()) {
    waiting = content
    return
  }
  waiting = undefined
  const open = openOnes()
  const focused = document.activeElement && document.activeElement.id
  const before = main.querySelector('[data-state]')
  main.innerHTML = content
  for (const id of open) document.getElementById(id)?.setAttribute('open', '')
  if (focused) document.getElementById(focused)?.focus({ preventScroll: true })
  const after = main.querySelector('[data-state]')
  if (announced && after && before && after.dataset.state !== before.dataset.state) {
    announced.textContent = after.dataset.state
    const isBad = main.querySelector('.heading .badge.bad') !== null
    if (drawn > 0 || isBad) document.getElementById('done')?.remove()
  }
  drawn += 1
}

if (main) {
  const source = new EventSource(main.dataset.live)
  source.addEventListener('main', (event) => show(event.data))
  source.addEventListener('gone', () => {
    source.close()
    location.reload()
  })
  document.addEventListener('focusout', () => setTimeout(() => waiting && show(waiting), 0))
  addEventListener('pagehide', () => source.close())
}

for (const form of document.querySelectorAll('form[method=post]'))
  form.addEventListener('submit', () => {
    for (const button of form.querySelectorAll('button')) button.setAttribute('aria-disabled', 'true')
  })
for (const select of document.querySelectorAll('select[data-submit]'))
  select.addEventListener('change', () => select.form.requestSubmit())
`
