import { createHash } from 'node:crypto'
import { promisify } from 'node:util'
import { deflate } from 'node:zlib'
import { idOf, type ObjectFormat, type ObjectType } from '../pack/object-format.ts'

/** Objects that a repository may lack, each once. */
export interface NewObjects {
  /** Takes an object in and gives its id. */
  readonly add: (type: Exclude<ObjectType, 'tag'>, content: Uint8Array) => string
  /** All of them as a pack, to be sent (gitformat-pack(5)). */
  readonly pack: () => Promise<Buffer>
}

/** None yet. */
export function newObjects(format: ObjectFormat): NewObjects {
  const objects = new Map<string, { readonly type: ObjectType; readonly content: Uint8Array }>()
  return {
    add: (type, content) => {
      const id = idOf(format, type, content)
      objects.set(id, { type, content })
      return id
    },
    pack: async () => {
      const head = Buffer.from('PACK\0\0\0\u0002\0\0\0\0', 'latin1')
      head.writeUInt32BE(objects.size, 8)
      const parts: Buffer[] = [head]
      for (const { type, content } of objects.values()) {
        parts.push(entryHead(types[type], content.byteLength), await deflated(content))
      }
      const body = Buffer.concat(parts)
      return Buffer.concat([body, createHash(format.name).update(body).digest()])
    },
  }
}

const deflated = promisify(deflate)
const types: Record<ObjectType, number> = { commit: 1, tree: 2, blob: 3, tag: 4 }

/** Type and size: four bits of the size beside the type, then seven in each byte, lowest first. */
function entryHead(type: number, size: number): Buffer {
  const bytes: number[] = []
  let rest = Math.floor(size / 16)
  let byte = (type << 4) | (size % 16)
  while (rest > 0) {
    bytes.push(byte | 0x80)
    byte = rest % 128
    rest = Math.floor(rest / 128)
  }
  return Buffer.from([...bytes, byte])
}
