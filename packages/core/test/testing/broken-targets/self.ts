import { faulty } from './faulty-target.ts'

export const brokenSelves = [
  faulty('an identity made anew each time', ['has one identity, whenever it is asked'], () => {
    let asked = 0
    return {
      async identity({ signal }) {
        signal.throwIfAborted()
        return `memory ${++asked}`
      },
    }
  }),
  faulty(
    'a place that is another each time',
    ['says of every key what it is and where, and says the same again'],
    () => {
      let asked = 0
      return { placeOf: () => ({ kind: 'resource', namespace: `shop-${++asked}` }) }
    },
  ),
  faulty('an age limit that is no number', ['declares what it supports'], ({ supports }) => ({
    supports: { ...supports, staleMs: Number.NaN },
  })),
  faulty('facts with a digest made anew each time', ['gives equal facts an equal digest'], () => {
    let asked = 0
    return {
      async facts({ signal }) {
        signal.throwIfAborted()
        return { digest: String(++asked), version: '1' }
      },
    }
  }),
  faulty(
    'an order that names resources it was not given',
    ['orders only resources it was given, and equally each time'],
    () => ({ order: (resources) => resources.map(({ key }) => ({ before: 'namespace', after: key })) }),
  ),
  faulty('an order in a circle', ['orders without a circle'], () => ({
    order: (resources) =>
      resources.map(({ key }, at) => ({
        before: key,
        after: resources[(at + 1) % resources.length]?.key ?? key,
      })),
  })),
  faulty('a disposal that works once', ['is disposed as often as asked'], () => {
    let disposals = 0
    return {
      async [Symbol.asyncDispose]() {
        if (++disposals === 2) throw new Error('already closed')
      },
    }
  }),
]
