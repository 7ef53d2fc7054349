import { crc32 } from 'node:zlib'

/** CRC-32 of several parts, order and borders included. For accidents of disks, not for adversaries. */
export function checksum(...parts: readonly (string | number | null)[]): number {
  return parts.reduce<number>((sum, part) => crc32(`${part === null ? '-' : part}\n`, sum), 0)
}

/** The checksum of a set of rows with one more row, or with one less: both are the same step. */
export const toggled = (sum: number, row: number): number => (sum ^ row) >>> 0
