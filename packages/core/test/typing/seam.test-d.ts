/**
 * The seam between renderer and target: a pair that disagrees on what a manifest is does not compile, whichever of the
 * two asks for less.
 */
import {
  type Application,
  crudTarget,
  type DefinedApplication,
  defineApplication,
  type Json,
  jsonRenderer,
  type Renderer,
  type Source,
  type Target,
  type Transform,
} from '@mooring/core'
import { type MemoryManifest, memoryTarget } from '@mooring/core/testing'
import { expectTypeOf } from 'vitest'

interface Kube {
  readonly kind: string
  readonly name: string
}
interface Namespaced extends Kube {
  readonly namespace: string
}

declare const source: Source
declare const anything: Renderer<unknown>
declare const kube: Renderer<Kube>
declare const namespaced: Renderer<Namespaced>
declare const toAnything: Target<unknown>
declare const toKube: Target<Kube>
declare const toNamespaced: Target<Namespaced>

const named = { name: 'shop', source, path: 'apps/shop' } as const

// Pairs that agree.
expectTypeOf(
  defineApplication({ ...named, renderer: kube, target: toKube }),
).toEqualTypeOf<DefinedApplication>()
defineApplication({ ...named, renderer: namespaced, target: toNamespaced })
defineApplication({ ...named, renderer: anything, target: toAnything })
defineApplication({ ...named, renderer: jsonRenderer<MemoryManifest>(), target: memoryTarget() })

// A renderer that promises less than the target asks for.
// @ts-expect-error Renderer<unknown> may give what no Target<Kube> understands
defineApplication({ ...named, renderer: anything, target: toKube })
// @ts-expect-error Renderer<Kube> may leave out the namespace a Target<Namespaced> asks for
defineApplication({ ...named, renderer: kube, target: toNamespaced })

// A renderer that promises more: what the target gives back need not be that.
// @ts-expect-error Target<Kube> normalises to Kube, which is no Namespaced
expectTypeOf(toKube).toExtend<Target<Namespaced>>()
// @ts-expect-error Target<unknown> gives back anything
expectTypeOf(toAnything).toExtend<Target<Kube>>()
// @ts-expect-error Target<Namespaced> does not take every Kube
expectTypeOf(toNamespaced).toExtend<Target<Kube>>()

// Naming the type helps neither of them.
// @ts-expect-error Renderer<unknown> is no Renderer<Kube>
defineApplication<Kube>({ ...named, renderer: anything, target: toKube })
// @ts-expect-error Target<Namespaced> is no Target<Kube>
defineApplication<Kube>({ ...named, renderer: kube, target: toNamespaced })
// @ts-expect-error Target<Kube> is no Target<unknown>
defineApplication<unknown>({ ...named, renderer: anything, target: toKube })

// Transforms stand between the two and agree with both.
const onKube: Transform<Kube> = (located) => located
const onNamespaced: Transform<Namespaced> = (located) => located
defineApplication({ ...named, renderer: kube, transforms: [onKube], target: toKube })
// @ts-expect-error Transform<Namespaced> asks for more than Renderer<Kube> gives
defineApplication({ ...named, renderer: kube, transforms: [onNamespaced], target: toKube })

// Whoever opens a defined application must be ready for any manifest, and renderer and target still agree.
declare const defined: DefinedApplication
defined.open((application) => {
  expectTypeOf(application).not.toEqualTypeOf<Application<Kube>>()
  return defineApplication({ ...application, path: 'elsewhere' })
})
defined.open((application) => {
  // @ts-expect-error nobody knows that its manifests are Kube
  return defineApplication({ ...application, target: toKube })
})

// A crudTarget is a target of what its functions take.
interface Note {
  readonly id: string
  readonly text: string
}
interface LiveNote extends Note {
  readonly etag: string
}
declare const notes: {
  readonly read: (id: string) => Promise<LiveNote | undefined>
  readonly create: (note: Note) => Promise<LiveNote>
  readonly update: (note: Note, live: LiveNote) => Promise<void>
  readonly remove: (id: string, live: LiveNote) => Promise<void>
}
declare const noteRenderer: Renderer<Note>
declare const textRenderer: Renderer<{ readonly text: string }>

const toNotes = crudTarget({
  name: 'notes',
  key: (note: Note) => note.id,
  read: notes.read,
  create: notes.create,
  update: notes.update,
  delete: notes.remove,
})
expectTypeOf(toNotes).toEqualTypeOf<Target<Note>>()
defineApplication({ ...named, renderer: noteRenderer, target: toNotes })
// @ts-expect-error what is rendered has no id
defineApplication({ ...named, renderer: textRenderer, target: toNotes })
// @ts-expect-error what is rendered may be anything
defineApplication({ ...named, renderer: anything, target: toNotes })
// @ts-expect-error a Kube is no Note
defineApplication({ ...named, renderer: kube, target: toNotes })

// What it reads has at least the manifest's fields.
crudTarget({
  name: 'notes',
  key: (note: Note) => note.id,
  // @ts-expect-error a live note without its text
  read: async (id: string) => ({ id }),
  create: notes.create,
  update: notes.update,
  delete: notes.remove,
})

// With the manifest named, its functions need no types of their own.
crudTarget<Note, LiveNote>({
  name: 'notes',
  key: (note) => note.id,
  read: (id, { signal }) => {
    expectTypeOf(id).toEqualTypeOf<string>()
    expectTypeOf(signal).toEqualTypeOf<AbortSignal>()
    return notes.read(id)
  },
  create: (note) => notes.create(note),
  update: (note, live) => {
    expectTypeOf(live).toEqualTypeOf<LiveNote>()
    return notes.update(note, live)
  },
  delete: (id, live) => notes.remove(id, live),
  mask: ({ id }): Json => ({ id }),
})

// The memory adapters close over narrower manifests as well.
interface Widget extends MemoryManifest {
  readonly size: number
}
defineApplication({ ...named, renderer: jsonRenderer<Widget>(), target: memoryTarget<Widget>() })
// @ts-expect-error a memory manifest may have no size
defineApplication({ ...named, renderer: jsonRenderer<MemoryManifest>(), target: memoryTarget<Widget>() })
// @ts-expect-error a renderer whose manifest nobody named gives objects, and promises nothing of them
defineApplication({ ...named, renderer: jsonRenderer(), target: memoryTarget<Widget>() })
