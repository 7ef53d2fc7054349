import { crc32 } from 'node:zlib'

/** CRC-32 of what a row holds, going on from another one. For accidents of disks, not for adversaries. */
export const checksum = (text: string, before = 0): number => crc32(text, before)

/** The checksum of a set of rows with one more row, or with one less: both are the same step. */
export const toggled = (sum: number, row: number): number => (sum ^ row) >>> 0
