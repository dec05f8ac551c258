import { describe, expect, it } from 'vitest'

import { down, up, worst } from './quality'
import { chooseStage } from './stage'
import { apply, emptyView, joined, personOf, shown } from './view'
import type { View } from './view'
import type {
  EventBody,
  JoinedReply,
  LogEvent,
  ParticipantId,
  Person,
  Quality,
  ServerMessage,
  TrackId,
} from './wire.gen'

const person = (name: string): Person => ({
  account: name as Person['account'],
  name,
  role: 'specialist',
  site: 'County',
  institution: 'i' as Person['institution'],
  department: '',
})
const event = (seq: number, body: EventBody): LogEvent => ({ seq, t: seq * 1_000_000, by: 0, body })
const p = (n: number): ParticipantId => n as ParticipantId
const id = (n: number): TrackId => n as TrackId

const log: LogEvent[] = [
  event(1, { type: 'opened' }),
  event(2, { type: 'joined', participant: p(1), person: person('A') }),
  event(3, { type: 'joined', participant: p(2), person: person('B') }),
  event(4, { type: 'media_changed', participant: p(2), microphone: true, camera: true }),
  event(5, { type: 'track_added', track: id(1), participant: p(2), kind: 'video', purpose: 'face', mid: '1' }),
  event(6, { type: 'track_added', track: id(2), participant: p(2), kind: 'video', purpose: 'probe', mid: '2' }),
]
const reply: JoinedReply = {
  type: 'joined',
  re: 1,
  consultation: 'c' as JoinedReply['consultation'],
  participant: p(1),
  t: 7_000_000,
  seq: 6,
  resume: 'r',
  answer: null,
  state: null,
  events: log,
  state_hash: '',
  slots: [
    { mid: '3', track: id(1) },
    { mid: '6', track: null },
  ],
}
const inside = (): View => joined(emptyView(reply.consultation), reply, 10_000)
const said = (seq: number): Extract<ServerMessage, { type: 'events' }> => ({
  type: 'events',
  events: [event(seq, { type: 'chat_said', participant: p(2), key: 'k', text: 'hello', attachment: null })],
})

describe('a view', () => {
  it('knows where the session clock began', () => expect(inside().zeroMs).toBe(3_000))

  it('shows what the slots say', () => {
    expect(shown(inside()).map((one) => [one.mid, one.track.purpose, one.owner.person.name])).toEqual([
      ['3', 'face', 'B'],
    ])
    const { view } = apply(inside(), { type: 'slot_changed', mid: '6', track: id(2) })
    expect(shown(view).map((one) => one.track.purpose)).toEqual(['face', 'probe'])
  })

  it('shows nothing for a slot whose track is gone', () => {
    const gone = apply(inside(), {
      type: 'events',
      events: [event(7, { type: 'left', participant: p(2), reason: 'left' })],
    })
    expect(shown(gone.view)).toEqual([])
    expect(personOf(gone.view.state, p(2))?.name).toBe('B')
  })

  it('folds new events once', () => {
    const once = apply(inside(), said(7))
    expect(once.fresh.length).toBe(1)
    const twice = apply(once.view, said(7))
    expect(twice.fresh).toEqual([])
    expect(twice.view.state.chat.length).toBe(1)
  })

  it('notices a gap and keeps what it knew', () => {
    const { view, gap } = apply(inside(), said(9))
    expect(gap).toBe(true)
    expect(view.state.seq).toBe(6)
  })

  it('resumes: only the events it has not', () => {
    const late = apply(inside(), said(7)).view
    const back = joined(late, { ...reply, seq: 7, events: [...said(7).events] }, 0)
    expect(back.state.chat.length).toBe(1)
  })
})

describe('the stage', () => {
  const both = shown(apply(inside(), { type: 'slot_changed', mid: '6', track: id(2) }).view)
  it('takes the probe before a face', () => expect(chooseStage(both, null)?.track.purpose).toBe('probe'))
  it('keeps what is pinned', () => expect(chooseStage(both, id(1))?.track.purpose).toBe('face'))
  it('forgets a pin that is gone', () => expect(chooseStage(both, id(9))?.track.purpose).toBe('probe'))
  it('prefers a face with a picture', () => {
    const [face] = both
    const dark = { ...face!, owner: { ...face!.owner, camera: false }, mid: 'x' }
    expect(chooseStage([dark, face!], null)).toBe(face)
  })
  it('is empty without pictures', () => expect(chooseStage([], null)).toBeNull())
})

describe('quality in words', () => {
  const figures: Quality = {
    type: 'quality',
    participant: p(2),
    transport: 'udp',
    rtt_ms: 40,
    up_loss: 0,
    up_kbps: 500,
    down_loss: 0,
    down_kbps: 500,
    jitter_ms: 5,
  }
  it.each([
    [{}, 'good', 'good'],
    [{ up_loss: 30 }, 'fair', 'good'],
    [{ down_loss: 80 }, 'good', 'poor'],
    [{ rtt_ms: 300 }, 'fair', 'fair'],
    [{ rtt_ms: 900 }, 'poor', 'poor'],
    [{ jitter_ms: 120 }, 'poor', 'good'],
    [{ rtt_ms: -1, up_loss: -1, down_loss: -1, jitter_ms: -1 }, 'unknown', 'unknown'],
    [{ transport: 'none' as const }, 'unknown', 'unknown'],
  ])('%j is %s up, %s down', (changes, upward, downward) => {
    expect(up({ ...figures, ...changes })).toBe(upward)
    expect(down({ ...figures, ...changes })).toBe(downward)
  })
  it('is unknown without figures', () => expect(worst(up(undefined), down(undefined))).toBe('unknown'))
})
