import type { HttpLocation } from '../options/location.ts'
import type { GitConnections } from '../wire/git-server.ts'

/** The hosts that content comes from. */
export interface ContentPlaces {
  /** Does something with the connections to a place. Throws what connecting there does. */
  readonly use: <Value>(
    location: HttpLocation,
    work: (connections: GitConnections) => Promise<Value>,
  ) => Promise<Value>
  readonly close: () => Promise<void>
}

interface Place {
  readonly connections: GitConnections
  users: number
}

/** Servers choose where content is, and may choose another place each time. */
const maxKept = 16

/** Keeps connections to the places used last. */
export function contentPlaces(connect: (location: HttpLocation) => GitConnections): ContentPlaces {
  const places = new Map<string, Place>()

  const tidy = async (): Promise<void> => {
    for (const [url, { users, connections }] of places) {
      if (places.size <= maxKept) return
      if (users > 0) continue
      places.delete(url)
      await connections.close()
    }
  }

  return {
    use: async (location, work) => {
      const place = places.get(location.url) ?? { connections: connect(location), users: 0 }
      places.delete(location.url)
      places.set(location.url, place)
      place.users++
      try {
        return await work(place.connections)
      } finally {
        place.users--
        await tidy()
      }
    },
    close: async () => {
      await Promise.all([...places.values()].map(({ connections }) => connections.close()))
      places.clear()
    },
  }
}
