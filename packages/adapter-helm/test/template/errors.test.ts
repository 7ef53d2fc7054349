import { describe, expect, test } from 'vitest'
import { demoChart, failureOf } from '../charts.ts'
import { realHelm, render } from './render.ts'

const secret = 'correcthorsebatterystaple'

const failureWith = (template: string, more: Record<string, string> = {}) =>
  failureOf(
    render(demoChart('app', { 'templates/odd.yaml': template, ...more }), {
      path: 'app',
      values: [{ inline: { password: secret, number: 271828182 } }],
    }),
  )

describe('what Helm says against a chart', () => {
  test.each([
    [
      'a required value',
      '\n{{ required "Give .Values.host a name" .Values.host }}',
      ':2:',
      'Give .Values.host a name',
    ],
    ['a field of nothing', 'a: {{ .Values.host.name }}', ':1:', 'nil pointer evaluating interface {}.name'],
    ['an unknown function', 'a: {{ foo }}', ':1', 'function "foo" not defined'],
    ['an unknown template', 'a: {{ include "other" . }}', ':1:', 'no template "other" associated'],
    ['an unfinished block', '{{ if true }}', ':', 'unexpected EOF'],
    ['text that is no YAML', 'a: b: c', '', 'mapping values are not allowed in this context'],
  ])('%s is told with its place', async (_, template, position, says) => {
    const error = await failureWith(template)
    expect(error).toMatchObject({ code: 'HELM_TEMPLATE_FAILED', kind: 'permanent' })
    expect(error.message).toContain(`app/templates/odd.yaml${position}`)
    expect(error.message).toContain(says)
  })

  test('a schema that values do not meet is told by field', async () => {
    const schema = JSON.stringify({ properties: { number: { type: 'string' }, password: { enum: ['a'] } } })
    const error = await failureWith('a: b', { 'values.schema.json': schema })
    expect(error.code).toBe('HELM_TEMPLATE_FAILED')
    expect(error.message).toContain("at '/number': got number, want string")
  })

  test.each([
    ['in a message of the template', '{{ fail (printf "bad password %s" .Values.password) }}'],
    ['in a number', '{{ fail (printf "bad number %v" .Values.number) }}'],
    ['encoded', '{{ fail (b64enc .Values.password) }}'],
    ['in the text that tpl is given', '{{ tpl (printf "{{ .Nothing.%s }}" .Values.password) . }}'],
    ['in what is no YAML', '{{ .Values.password }}: {{ .Values.password }}: c'],
    ['as the name of a template', '{{ include .Values.password . }}'],
  ])('values are never told: %s', async (_, template) => {
    const { message, hint, cause } = await failureWith(template)
    const told = JSON.stringify([message, hint, String(cause)])
    expect(told).not.toContain(secret)
    expect(told).not.toContain('271828182')
    expect(told).not.toContain('2.71828')
    expect(told).not.toContain(Buffer.from(secret).toString('base64').slice(0, 12))
    expect(message).toContain('app/templates/odd.yaml')
  })

  test('an include without end is told in a few lines', async () => {
    const { message } = await failureWith('{{ define "r" }}{{ include "r" . }}{{ end }}{{ include "r" . }}')
    expect(message.length).toBeLessThan(2000)
    expect(message).toContain('nested reference')
  })

  test('a Helm that is not there, and something else in its place, are told', async () => {
    const missing = render(demoChart(), { helm: await realHelm({ path: '/nowhere/helm' }) })
    expect(await failureOf(missing)).toMatchObject({ code: 'HELM_NOT_FOUND' })
    const other = render(demoChart(), { helm: await realHelm({ path: process.execPath }) })
    expect(await failureOf(other)).toMatchObject({ code: 'HELM_VERSION' })
  })
})
