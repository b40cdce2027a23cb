import { expect, test } from 'vitest'
import { countTests } from '../../scripts/tests.mjs'

const passing = { status: 'passed', assertionResults: [{ status: 'passed' }] }

test('passed and failed tests are counted', () => {
  const failing = { status: 'failed', assertionResults: [{ status: 'failed' }] }
  const report = { numPassedTests: 3, numFailedTests: 1, testResults: [passing, failing] }
  expect(countTests(report, 1)).toEqual({ passed: 3, failed: 1 })
})

test('a file that could not be loaded is a failure', () => {
  const unloaded = { status: 'failed', assertionResults: [] }
  const report = { numPassedTests: 3, numFailedTests: 0, testResults: [passing, unloaded] }
  expect(countTests(report, 1)).toEqual({ passed: 3, failed: 1 })
})

test('a run without a report, or with an unhandled error only, is a failure', () => {
  expect(countTests(undefined, 130)).toEqual({ passed: 0, failed: 1 })
  const report = { numPassedTests: 1, numFailedTests: 0, testResults: [passing] }
  expect(countTests(report, 1)).toEqual({ passed: 1, failed: 1 })
})
