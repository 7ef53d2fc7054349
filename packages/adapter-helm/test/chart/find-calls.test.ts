import { expect, test } from 'vitest'
import { findCalls } from '../../src/chart/find-calls.ts'

const linesOf = (text: string) => findCalls([{ path: 'a.yaml', text }], ['lookup']).map(({ line }) => line)

test.each([
  ['a call', '{{ lookup "v1" "Secret" "a" "b" }}', [1]],
  ['a call within another', 'a: 1\n{{- $x := (lookup "v1" "Secret" .a .b).data -}}', [2]],
  ['a call over lines', '{{ $x :=\n lookup "v1" }}', [2]],
  ['two calls', '{{ lookup }}\n{{ lookup }}', [1, 2]],
  ['braces in a text before it', '{{ $a := "}}" }}{{ lookup "v1" }}', [1]],
  ['a text', '{{ "lookup" }}{{ `lookup` }}', []],
  ['a comment', '{{/* lookup would be nice */}}', []],
  ['a field', '{{ .Values.lookup }}{{ $lookup }}{{ .lookup.a }}', []],
  ['another word', '{{ lookups }}{{ my-lookup }}', []],
  ['outside of actions', 'lookup: {{ .Values.a }}', []],
])('%s', (_, text, lines) => {
  expect(linesOf(text)).toEqual(lines)
})
