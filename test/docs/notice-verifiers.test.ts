import { execFileSync } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Webhook } from 'standardwebhooks'
import { describe, expect, it } from 'vitest'

const page = readFileSync(new URL('../../docs/how-to/notices.md', import.meta.url), 'utf8')
const folder = mkdtempSync(join(tmpdir(), 'tokenkeeper-verifiers-'))
const secret = `whsec_${randomBytes(32).toString('base64')}`
const body = JSON.stringify({ type: 'connection.degraded', data: { connection: 'shop/acmé' } })
const good = sample(new Date(), secret)

/** What each verifier on the page is asked, and what it has to say. */
const SAMPLES = [
  { name: 'genuine', headers: good, body, is: true },
  { name: 'with an old and a new key', headers: withOther(good), body, is: true },
  { name: 'another body', headers: good, body: body.replace('degraded', 'revoked'), is: false },
  { name: 'another id', headers: { ...good, 'webhook-id': 'other' }, body, is: false },
  {
    name: 'signed by somebody else',
    headers: sample(new Date(), `whsec_${randomBytes(32).toString('base64')}`),
    body,
    is: false,
  },
  {
    name: 'an hour old',
    headers: sample(new Date(Date.now() - 3_600_000), secret),
    body,
    is: false,
  },
]
writeFileSync(join(folder, 'samples.json'), JSON.stringify({ secret, samples: SAMPLES }))

const NODE = `${snippet('js')}
import { readFileSync } from 'node:fs'
const { secret, samples } = JSON.parse(readFileSync('samples.json', 'utf8'))
console.log(JSON.stringify(samples.map(({ headers, body }) => isGenuine(secret, headers, body))))
`
const PYTHON = `${snippet('python')}
import json
told = json.load(open("samples.json", encoding="utf-8"))
print(json.dumps([is_genuine(told["secret"], one["headers"], one["body"].encode()) for one in told["samples"]]))
`
const GO = `${snippet('go').replace('package notices', 'package main').replace('import (', 'import (\n\t"encoding/json"\n\t"fmt"\n\t"os"')}
func main() {
	var told struct {
		Secret  string
		Samples []struct {
			Headers map[string]string
			Body    string
		}
	}
	text, _ := os.ReadFile("samples.json")
	if err := json.Unmarshal(text, &told); err != nil {
		panic(err)
	}
	answers := []bool{}
	for _, one := range told.Samples {
		headers := http.Header{}
		for name, value := range one.Headers {
			headers.Set(name, value)
		}
		answers = append(answers, IsGenuine(told.Secret, headers, []byte(one.Body)))
	}
	line, _ := json.Marshal(answers)
	fmt.Println(string(line))
}
`

describe('the verifiers of docs/how-to/notices.md', () => {
  it.each([
    ['node', ['verify.mjs'], 'verify.mjs', NODE],
    ['python3', ['verify.py'], 'verify.py', PYTHON],
    ['go', ['run', 'verify.go'], 'verify.go', GO],
  ])('%s', (program, run, file, source) => {
    if (!isHere(program)) return
    writeFileSync(join(folder, file), source)
    const told = execFileSync(program, run, { cwd: folder, encoding: 'utf8' })
    const answers = JSON.parse(told) as readonly boolean[]
    expect(SAMPLES.map(({ name }, at) => [name, answers[at]])).toEqual(
      SAMPLES.map(({ name, is }) => [name, is]),
    )
  })
})

function snippet(language: string): string {
  const [, code = ''] = new RegExp(`\`\`\`${language}\\n([^]*?)\`\`\``).exec(page) ?? []
  expect(code).not.toBe('')
  return code
}

function sample(at: Date, key: string): Readonly<Record<string, string>> {
  return {
    'webhook-id': 'shop/acme:1',
    'webhook-timestamp': String(Math.floor(at.getTime() / 1000)),
    'webhook-signature': new Webhook(key).sign('shop/acme:1', at, body),
  }
}

function withOther(headers: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  const other = `v1,${randomBytes(32).toString('base64')}`
  return { ...headers, 'webhook-signature': `${other} ${String(headers['webhook-signature'])}` }
}

function isHere(program: string): boolean {
  try {
    execFileSync(program, [program === 'go' ? 'version' : '--version'], { stdio: 'ignore' })
    return true
  } catch {
    console.warn(`SKIPPED: the verifier of docs/how-to/notices.md for ${program}: it is not here`)
    return false
  }
}
