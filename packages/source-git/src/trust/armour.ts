/**
 * The bytes between `-----BEGIN label-----` and `-----END label-----`. Undefined unless the text is exactly that, with
 * nothing before or after it but empty lines at the end.
 */
export function dearmour(text: string, label: string): Buffer | undefined {
  const begin = `-----BEGIN ${label}-----\n`
  const end = `\n-----END ${label}-----`
  const plain = text.replaceAll('\r\n', '\n').trimEnd()
  if (!plain.startsWith(begin) || !plain.endsWith(end)) return undefined
  const base64 = plain.slice(begin.length, -end.length).replaceAll('\n', '')
  return isBase64(base64) ? Buffer.from(base64, 'base64') : undefined
}

/**
 * Whether a text is base64 and nothing else, in the one way of writing it: `Buffer.from` leaves out what is not, and the bits
 * of the last letter that mean nothing, so that another text would be the same signature.
 */
export const isBase64 = (text: string): boolean =>
  text !== '' && Buffer.from(text, 'base64').toString('base64') === text

/** Whether a text is one armoured block of this label and nothing else, whatever is in it. */
export function isArmoured(text: string, label: string): boolean {
  const lines = text.replaceAll('\r\n', '\n').trimEnd().split('\n')
  return (
    lines[0] === `-----BEGIN ${label}-----` &&
    lines.at(-1) === `-----END ${label}-----` &&
    lines.filter((line) => line.startsWith('-----')).length === 2
  )
}
