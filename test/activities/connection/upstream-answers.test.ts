import { expect, it } from 'vitest'
import { readAnswer } from '../../../activities/connection/upstream-answers.js'

it.each([
  [200, 'text/html; charset=utf-8', 'expired'],
  [200, 'application/xhtml+xml', 'accepted'],
  [200, 'application/json', 'accepted'],
  [429, 'text/html', 'wait'],
  [503, 'text/html', 'unavailable'],
  [404, 'text/html', 'rejected'],
  [302, 'text/html', 'redirected'],
])('HTML that means "log in again": %i %s is %s', (status, contentType, means) => {
  const headers = { 'content-type': contentType }
  const answer = { status, headers, text: '<html>', pastExpiry: false, nowMs: 0 }
  expect(readAnswer({ ...answer, expired: { html: true } }).outcome).toBe(means)
  if (means === 'expired') expect(readAnswer({ ...answer, expired: {} }).outcome).toBe('accepted')
})
