/** So many different names of 20 to 60 characters, the same each time. */
export function namesOf(count: number): readonly string[] {
  return Array.from({ length: count }, (_, index) => {
    const tail = 'east-production-payments-and-invoices'.slice(0, (index * 7919) % 38)
    return copyOf(`application:${String(index).padStart(6, '0')}-x${tail}`)
  })
}

/** Equal strings that share nothing with those given, not even a hash that was worked out before. */
export const copiesOf = (names: readonly string[]): string[] => names.map(copyOf)

/** A flat string that shares nothing with the one given. */
const copyOf = (name: string): string => Buffer.from(name, 'latin1').toString('latin1')
