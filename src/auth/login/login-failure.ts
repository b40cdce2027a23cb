import type { MintFailureClass } from '../../contract/token-activities.js'
import { faultAdvice } from '../../wire/network-faults.js'
import type { MintRefused } from '../kind/auth-kind.js'
import type { Carries } from './judge-answer.js'
import type { StepFailure } from './run-steps.js'

const LOGIN_MESSAGES: Readonly<Record<MintFailureClass, (host: string, code: string) => string>> = {
  not_sent: (host, code) =>
    `${host} could not be reached (${code}); ${faultAdvice(code) ?? 'nothing was sent'}.`,
  throttled: (host, code) => `${host} asks to wait (${code}).`,
  server_error: (host, code) => `${host} failed (${code}).`,
  firewall: (host, code) =>
    `something before ${host} refused the request (${code}): look at firewall rules and allowed addresses.`,
  ambiguous: (host, code) => `${host} gave no whole answer (${code}); it is tried again by itself.`,
  invalid_grant: (host, code) =>
    `${host} refuses the credential (${code}): connect again with the right one. It is not tried again by itself: the account could be locked.`,
  misconfigured: (host, code) =>
    `${host} refuses the request itself (${code}): look at this step of the connector's auth. The credential is kept.`,
}

/** What failed at a step and what to do next. It repeats only the step, the host and words of the definition. */
export function toMintFailure(step: string, failure: StepFailure, carries: Carries): MintRefused {
  const { code, host, detail, retryAfterMs } = failure
  const why =
    detail === undefined
      ? LOGIN_MESSAGES[failure.class](host, code)
      : `${host === '' ? 'it could not be made' : `${host} answered, but`} ${detail}: look at this step of the connector's auth, and at the credential.`
  return {
    ok: false,
    class: failure.class,
    code,
    message: `step '${step}' of the login: ${why}`,
    retryAfterMs,
    probe: failure.class === 'misconfigured' && carries !== 'nothing' ? 'never' : undefined,
  }
}
