import fc from 'fast-check'
import { expect, test } from 'vitest'
import { withoutValues } from '../../src/transport/without-values.ts'

test.for([
  ['a: Invalid value: "s3cret": must be b', 'a: Invalid value: (not shown): must be b'],
  ['a: Invalid value: "s3 \\" cret": must be b', 'a: Invalid value: (not shown): must be b'],
  ['a: Invalid value: 53: must be b', 'a: Invalid value: (not shown): must be b'],
  [
    'a: Invalid value: {"x":{"y":"s3}cret"}}: field is immutable',
    'a: Invalid value: (not shown): field is immutable',
  ],
  [
    'a: Invalid value: v1.Selector{M:map[string]string{"x":"s3cret"}}: no',
    'a: Invalid value: (not shown): no',
  ],
  ['a: Invalid value: [1, "s3cret"]: no', 'a: Invalid value: (not shown): no'],
  [
    '[a: Invalid value: "s3cret": no, b: Duplicate value: "s3cret"]',
    '[a: Invalid value: (not shown): no, b: Duplicate value: (not shown)]',
  ],
  [
    'a: Unsupported value: "s3cret": supported values: "B", "C"',
    'a: Unsupported value: (not shown): supported values: "B", "C"',
  ],
  ['a: Not found: "s3cret"', 'a: Not found: (not shown)'],
  [
    '.data.x: expected string, got &value.valueUnstructured{Value:"s3cret"}',
    '.data.x: expected string, got (not shown)',
  ],
  ['.data.x: expected string, got &{map[a:s3cret]}', '.data.x: expected string, got (not shown)'],
  [
    'strconv.ParseInt: parsing "s3cret": invalid syntax',
    'strconv.ParseInt: parsing (not shown): invalid syntax',
  ],
  ['a: Invalid value: "s3cret without an end', 'a: Invalid value: (not shown)'],
  [
    'deployments.apps "w" is forbidden: User "bob" cannot',
    'deployments.apps "w" is forbidden: User "bob" cannot',
  ],
  [
    '.spec.replicas: expected numeric (int or float), got string',
    '.spec.replicas: expected numeric (int or float), got string',
  ],
] as const)('%s is told without its value', ([message, shown]) => {
  expect(withoutValues(message)).toBe(shown)
})

test('no quoted value gets through, whatever it is', () => {
  fc.assert(
    fc.property(fc.json(), fc.string(), (value, around) => {
      const secret = JSON.stringify(`s3cret${value}`)
      const shown = withoutValues(
        `a: Invalid value: ${secret}: ${around.replaceAll('s3cret', '')}, b: Invalid value: {"x":${secret}}: no`,
      )
      expect(shown).not.toContain('s3cret')
    }),
  )
})
