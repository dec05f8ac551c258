// A frame goes by its own name: late callbacks, frames that nobody can name, browsers that cannot tell.
import { describe, expect, it } from 'vitest'

import { Taker, frameMaker } from './taken'
import type { MakeFrame, Names } from './taken'

const STEP_US = 33_333

/** A video that shows frame `n`, and the browser's VideoFrame of it. */
class Stage {
  n = 0
  open = 0
  received = true
  empty = false

  readonly make = ((stage: Stage): MakeFrame =>
    class {
      readonly timestamp = stage.n * STEP_US
      readonly displayWidth = 640
      readonly displayHeight = 480
      readonly rtp = stage.n * 3_000
      constructor() {
        if (stage.empty) throw new DOMException('no frame', 'InvalidStateError')
        stage.open += 1
      }
      metadata(): { rtpTimestamp?: number } {
        return stage.received ? { rtpTimestamp: this.rtp } : {}
      }
      close(): void {
        stage.open -= 1
      }
    } as unknown as MakeFrame)(this)

  told(n: number): Names {
    const rtp = this.received ? { rtpTimestamp: n * 3_000 } : {}
    return { width: 640, height: 480, mediaTime: (n * STEP_US) / 1e6, ...rtp }
  }
}

const video = {} as HTMLVideoElement

describe('a frame out of the video', () => {
  it('goes by the name of the callback while that speaks of it', () => {
    const stage = new Stage()
    const taker = new Taker(video, stage.make)
    for (stage.n = 0; stage.n < 200; stage.n++) {
      const told = stage.told(stage.n)
      const taken = taker.take(told)
      expect(taken?.names).toBe(told)
      taken?.close()
    }
    expect(stage.open).toBe(0)
  })

  it('goes by its own when the callback is late', () => {
    const stage = new Stage()
    const taker = new Taker(video, stage.make)
    taker.take(stage.told(0))?.close()
    stage.n = 2
    const taken = taker.take(stage.told(1))
    expect(taken?.names).toMatchObject({ rtpTimestamp: 6_000, mediaTime: (2 * STEP_US) / 1e6, width: 640, height: 480 })
    taken?.close()
    expect(stage.open).toBe(0)
  })

  it('is left alone when it cannot be named: it was captured here', () => {
    const stage = new Stage()
    stage.received = false
    const taker = new Taker(video, stage.make)
    taker.take(stage.told(0))?.close()
    stage.n = 2
    expect(taker.take(stage.told(1))).toBeNull()
    expect(stage.open).toBe(0)
  })

  it('goes by the name of the callback where its own clock is another', () => {
    const stage = new Stage()
    const taker = new Taker(video, stage.make)
    stage.n = 1_000
    for (let n = 0; n < 10; n++) {
      const told = stage.told(n)
      expect(taker.take(told)?.names).toBe(told)
    }
  })

  it('is the video itself where there is no frame to be had, or none with a name', () => {
    const stage = new Stage()
    stage.empty = true
    const told = stage.told(1)
    expect(new Taker(video, stage.make).take(told)).toMatchObject({ picture: video, names: told })
    expect(new Taker(video, null).take(told)).toMatchObject({ picture: video, names: told })
    expect(frameMaker()).toBeNull() // as in this test's browser
  })
})
