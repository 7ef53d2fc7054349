/**
 * JSON that a YAML parser reads to the same value. The API server parses an apply patch as YAML, whose parser refuses
 * control characters that JSON allows, and folds U+0085, U+2028 and U+2029 in quoted text as line breaks.
 */
export const jsonText = (value: unknown): string => JSON.stringify(value).replace(notForYaml, escaped)

const notForYaml = /[\u007f-\u009f\u2028\u2029\ufeff\ufffe\uffff]/g

const escaped = (character: string): string => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`
