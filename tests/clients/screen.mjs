// A screen of an app, for tests to look at.
import { patience, within } from './callbook.mjs'

// Screen keeps the latest that a watched query has shown, for the test to wait until it is as wanted.
export class Screen {
  #wake = () => {}
  #error

  show = (data) => {
    this.latest = data
    this.#wake()
  }
  fail = (error) => {
    this.#error = error
    this.#wake()
  }

  // until waits for data that pass. Where an action is given it is repeated meanwhile, with the number of the attempt,
  // since nothing tells when a subscription has begun.
  async until(what, passes, action) {
    for (let attempt = 0; ; attempt++) {
      if (this.#error) throw this.#error
      if (this.latest && passes(this.latest)) return this.latest
      const changed = new Promise((resolve) => (this.#wake = resolve))
      try {
        await action?.(attempt)
        await within(changed, what, action ? 250 : patience)
      } catch (err) {
        if (!action || attempt === 40) throw new Error(`${err.message}; shown: ${JSON.stringify(this.latest)}`)
      }
    }
  }
}
