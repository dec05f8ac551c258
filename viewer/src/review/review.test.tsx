// The review's pages over a server that is played: forms drawn from data, hostile words as words, what is missing said.
import { render } from 'preact'
import { act } from 'preact/test-utils'
import { afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'

import { speak, startWords } from '../i18n'
import * as store from '../session/store'
import type { ConsultationId, FrameKey, InstanceId } from '../session/wire.gen'
import type { Book, Filled, Form } from './api'
import { answered, EMPTY, momentsOf, momentsSeen, problems, timeOf, withMoments, withoutMoment } from './filling'
import { coefficient, csvPath, percent, span } from './figures'
import { reviewOf } from './replayUrl'
import { ReviewPage } from './ReviewPage'

const CONSULTATION = 'abcdefghijklmnopqrstuvwxyz' as ConsultationId
const FRAME = { track: 3, rtp: 90_000 } as unknown as FrameKey
const PICTURE = { instance: '1.2.3' as InstanceId, frame: 4 }
const said = (text: string) => ({ en: text, 'zh-CN': text })
const FORM: Form = {
  id: 'own',
  version: 1,
  title: said('<img src=x onerror=alert(1)>'),
  source: said('nobody'),
  items: [
    {
      type: 'choice',
      id: 'score',
      words: said('How was it?'),
      required: true,
      ordered: true,
      tolerance: 0,
      options: [
        { value: '1', words: said('good'), moment: false },
        { value: '2', words: said('bad'), moment: true },
      ],
    },
    { type: 'number', id: 'views', words: said('How many?'), required: true, lowest: 0, highest: 9, tolerance: 0 },
    { type: 'text', id: 'comment', words: said('Say more'), required: false, most: 10 },
  ],
}
const BOOK: Book = {
  consultation: CONSULTATION,
  about: {
    requested_at: 1_700_000_000_000, length_us: 65_000_000, department: '', urgency: 'urgent', reason: 'pain',
    sex: 'female', birth_year: 1951, critical: false, opinions: [], patient: '', people: [],
  },
  cases: [
    {
      number: 1, ref: { id: 'own', version: 1, digest: 'd' }, form: FORM, double: true, reason: 'random',
      standing: 'draft', names: false, reviews: [{ mine: 1, amends: 0, filled: EMPTY, submitted_at: -1 }],
      differences: [], adjudication: null,
    },
  ],
  notes: [{ number: 1, t: 5_000_000, text: 'the liver', at: 1, frame: FRAME }],
} as Book // prettier-ignore

describe('a form as it is filled', () => {
  it('says what is missing, what is not allowed, and where a moment is wanted', () => {
    expect([...problems(FORM, EMPTY)]).toEqual([
      ['score', 'missing'],
      ['views', 'missing'],
    ])
    let filled = answered(answered(answered(EMPTY, 'score', '2'), 'views', 2.5), 'comment', 'x'.repeat(11))
    expect(Object.fromEntries(problems(FORM, filled))).toEqual({
      score: 'no_moment',
      views: 'not_allowed',
      comment: 'not_allowed',
    })
    filled = answered(answered(filled, 'views', 3), 'comment', null)
    filled = withMoments(filled, 'score', momentsOf({ t: 7, frame: null }))
    expect(problems(FORM, filled).size).toBe(0)
    expect(answered(filled, 'score', '1').answers.find(({ item }) => item === 'score')?.moments).toHaveLength(1)
    const twice = withMoments(filled, 'score', momentsOf({ t: 7, frame: null }))
    expect(twice).toEqual(filled)
    expect(momentsSeen({ t: 7, picture: null, frame: null })).toEqual(momentsOf({ t: 7, frame: null }))
    expect(momentsSeen({ t: 7, picture: PICTURE, frame: null })[1]).toEqual({ type: 'picture', ...PICTURE })
    expect(momentsSeen({ t: 7, picture: null, frame: FRAME })).toEqual(momentsOf({ t: 7, frame: FRAME }))
    expect([...problems(FORM, withoutMoment(filled, 'score', 0))]).toEqual([['score', 'no_moment']])
  })

  it.each([
    ['12', 12_000_000],
    ['1:05', 65_000_000],
    ['1：05', 65_000_000],
    ['1:02:03.5', 3_723_500_000],
    ['1:75', null],
    ['', null],
    ['-1', null],
    ['1e9', null],
    ['1:2:3:4', null],
  ])('reads %s as a time', (typed, expected) => expect(timeOf(typed)).toBe(expected))
})

it('writes figures in words', async () => {
  await startWords()
  await speak('en')
  expect([percent(0.9934, 2), coefficient(-0.125), span(20_400), span(300_000)]).toEqual([
    '99.34%',
    '−0.13',
    '20.4 s',
    '5:00',
  ])
  expect(csvPath({ first: '2026-01-01', last: '', department: '=a&b' })).toBe(
    '/api/reviews/figures.csv?first=2026-01-01&department=%3Da%26b',
  )
  expect([reviewOf(`#review=${CONSULTATION}`), reviewOf('#review=../x'), reviewOf('')]).toEqual([CONSULTATION, '', ''])
})

describe('the page of one consultation', () => {
  let place: HTMLElement
  let asked: [string, string, unknown][]

  beforeAll(async () => {
    await startWords()
    await speak('en')
  })

  beforeEach(async () => {
    asked = []
    vi.stubGlobal('fetch', (path: string, { method, body }: { method: string; body?: string }) => {
      asked.push([method, path, body === undefined ? null : JSON.parse(body)])
      return Promise.resolve(
        new Response(method === 'GET' ? JSON.stringify(BOOK) : null, { status: method === 'GET' ? 200 : 204 }),
      )
    })
    place = document.createElement('div')
    document.body.append(place)
    store.review.value = CONSULTATION
    act(() => render(<ReviewPage />, place))
    await vi.waitFor(() => expect(place.querySelector('fieldset')).not.toBeNull())
  })

  afterEach(() => {
    act(() => render(null, place))
    place.remove()
  })

  const press = (words: string): void => {
    const button = [...document.querySelectorAll('button')].find((one) => one.textContent === words)
    act(() => button?.click())
  }

  it('draws any form, and words of a form as words', () => {
    expect(place.querySelector('img')).toBeNull()
    expect(place.textContent).toContain('<img src=x onerror=alert(1)>')
    expect(place.querySelectorAll('input[type=radio]')).toHaveLength(2)
    expect(place.querySelector<HTMLAnchorElement>('.notes a')?.getAttribute('href')).toBe(
      `/#replay=${CONSULTATION}&t=5000000`,
    )
    expect(place.textContent).toContain('Nobody is named until both reviewers are in.')
  })

  it('sends nothing that is not whole, and goes to the first thing that is missing', () => {
    press('Submit')
    expect([...place.querySelectorAll('.question.wrong')].map((one) => one.getAttribute('data-item'))).toEqual([
      'score',
      'views',
    ])
    expect(document.activeElement?.closest('[data-item]')?.getAttribute('data-item')).toBe('score')
    expect(asked.filter(([method]) => method !== 'GET')).toEqual([])
  })

  it('ties an answer to a note of mine, with its frame, and submits once asked', async () => {
    const radios = place.querySelectorAll<HTMLInputElement>('input[type=radio]')
    act(() => radios[1]?.click())
    press('Add the moment it can be seen')
    press('My note at 0:05: the liver')
    const number = place.querySelector<HTMLInputElement>('input[type=number]')
    act(() => {
      if (number) number.value = '4'
      number?.dispatchEvent(new Event('input', { bubbles: true }))
    })
    press('Submit')
    press('Submit now')
    await vi.waitFor(() => expect(asked.some(([method]) => method === 'POST')).toBe(true))
    const [, path, body] = asked.find(([method]) => method === 'POST') ?? []
    expect(path).toBe(`/api/reviews/${CONSULTATION}/cases/1/reviews/1/submission`)
    expect(body).toEqual({
      answers: [
        {
          item: 'score',
          value: '2',
          moments: [
            { type: 'stretch', from_t: 5_000_000, to_t: 5_000_000 },
            { type: 'frame', frame: FRAME },
          ],
        },
        { item: 'views', value: 4, moments: [] },
      ],
      notes: [{ t: 5_000_000, text: 'the liver' }],
    } satisfies Filled)
  })
})
