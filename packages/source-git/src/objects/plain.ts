/**
 * Text of somebody else without what makes it look like other text: control characters (but line breaks and tabs where
 * `lines` says so), and the characters that change the direction of what follows (Unicode TR9, explicit formatting).
 */
export const plain = (text: string, { lines = false }: { readonly lines?: boolean } = {}): string =>
  text.replace(lines ? /[^\P{Cc}\n\t]/gu : /\p{Cc}/gu, '').replace(directions, '')

const directions = /[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/g
