// The moments that an answer is tied to: chips that open the replay there, and a way to add one.
import { Clock, Plus, X } from 'lucide'
import { useEffect, useId, useState } from 'preact/hooks'

import { t } from '../i18n'
import { Button } from '../ui/kit/Button'
import { Icon } from '../ui/kit/Icon'
import { duration } from '../ui/words'
import type { Moment, OwnNote } from './api'
import { momentsOf, momentsSeen, timeOf } from './filling'
import type { Seen } from './filling'
import { placesOfReplays, replayUrl } from './replayUrl'
import type { PlaceNews } from './replayUrl'

export const timeWords = (us: number): string => duration(us / 1_000_000)

/** Opens the replay there, in a window of its own beside the form. */
export function WatchLink({ consultation, at, words }: { consultation: string; at: number; words?: string }) {
  return (
    <a
      class="moment"
      href={replayUrl(consultation, at)}
      target={`sefaw-replay-${consultation}`}
      aria-label={t('review.moment.watch', { time: words ?? timeWords(at) })}
    >
      <Icon of={Clock} size={16} />
      <span class="figures">{words ?? timeWords(at)}</span>
    </a>
  )
}

export function MomentChip({ consultation, moment }: { consultation: string; moment: Moment }) {
  switch (moment.type) {
    case 'stretch': {
      const until = moment.to_t > moment.from_t ? `–${timeWords(moment.to_t)}` : ''
      return <WatchLink consultation={consultation} at={moment.from_t} words={`${timeWords(moment.from_t)}${until}`} />
    }
    case 'frame':
      return <span class="moment plain">{t('review.moment.frame')}</span>
    case 'picture':
      return (
        <span class="moment plain">
          {moment.frame === null ? t('review.moment.picture') : t('review.moment.picture_frame', { n: moment.frame })}
        </span>
      )
  }
}

interface MomentsProps {
  consultation: string
  moments: readonly Moment[]
  notes: readonly OwnNote[]
  wanted: boolean
  /** Session µs of the end. */
  end: number
  /** What it is a moment of, for who does not see the question above. */
  of: string
  onAdd: (moments: readonly Moment[]) => void
  onRemove: (at: number) => void
}

export function Moments(props: MomentsProps) {
  const [adding, setAdding] = useState(false)
  const { moments, consultation } = props
  const words = t(props.wanted && moments.length === 0 ? 'review.moment.needed' : 'review.moment.add')
  return (
    <div class="moments">
      {moments.map((moment, at) => (
        <span key={JSON.stringify(moment)} class="moment-held">
          <MomentChip consultation={consultation} moment={moment} />
          <Button tone="plain" icon={X} label={t('review.moment.remove')} onPress={() => props.onRemove(at)} />
        </span>
      ))}
      {!adding && (
        <Button
          icon={Plus}
          label={t('review.moment.add_to', { words, question: props.of })}
          onPress={() => setAdding(true)}
        >
          {words}
        </Button>
      )}
      {adding && (
        <Adding
          {...props}
          onAdd={(added) => {
            props.onAdd(added)
            setAdding(false)
          }}
          onClose={() => setAdding(false)}
        />
      )}
    </div>
  )
}

function Adding(props: MomentsProps & { onClose: () => void }) {
  const [typed, setTyped] = useState('')
  const [wrong, setWrong] = useState(false)
  const id = useId()
  const playing = useReplayPlace(props.consultation)
  useEffect(() => document.getElementById(id)?.focus(), [])
  const add = (): void => {
    const t_us = timeOf(typed)
    const fits = t_us !== null && t_us <= props.end
    setWrong(!fits)
    if (fits) props.onAdd(momentsOf({ t: t_us, frame: null }))
  }
  return (
    <div class="moment-adding">
      <div class="field">
        <label class="field-name" for={id}>
          {t('review.moment.time', { end: timeWords(props.end) })}
        </label>
        <input
          id={id}
          inputMode="numeric"
          placeholder={timeWords(0)}
          value={typed}
          aria-invalid={wrong || undefined}
          aria-describedby={wrong ? `${id}-wrong` : undefined}
          onInput={(event) => setTyped(event.currentTarget.value)}
          onKeyDown={(event) => {
            if (event.key === 'Enter') {
              event.preventDefault()
              add()
            }
          }}
        />
        {wrong && (
          <span id={`${id}-wrong`} class="field-problem">
            {t('review.moment.no_time', { end: timeWords(props.end) })}
          </span>
        )}
      </div>
      <div class="row-actions">
        <Button tone="primary" onPress={add}>
          {t('review.moment.take')}
        </Button>
        <Button onPress={props.onClose}>{t('review.cancel')}</Button>
      </div>
      {playing && (
        <Button icon={Clock} onPress={() => props.onAdd(momentsSeen(playing))}>
          {t(playing.picture || playing.frame ? 'review.moment.of_replay_picture' : 'review.moment.of_replay', {
            time: timeWords(playing.t),
          })}
        </Button>
      )}
      {props.notes.map((note) => (
        <Button key={note.number} onPress={() => props.onAdd(momentsOf(note))}>
          {t('review.moment.of_note', { time: timeWords(note.t), text: short(note.text) })}
        </Button>
      ))}
    </div>
  )
}

const short = (text: string): string => (text.length > 60 ? `${text.slice(0, 60)}…` : text)

/** Where the replay of this consultation stands, in whatever window it plays. */
function useReplayPlace(consultation: string): Seen | null {
  const [place, setPlace] = useState<Seen | null>(null)
  useEffect(() => {
    const heard = placesOfReplays()
    heard.onmessage = ({ data }: MessageEvent<PlaceNews>) => {
      if (data.consultation === consultation && typeof data.t === 'number')
        setPlace({ t: Math.round(data.t), picture: data.picture ?? null, frame: data.frame ?? null })
    }
    heard.postMessage({ asks: consultation } satisfies PlaceNews) // one that is paused says nothing by itself
    return () => heard.close()
  }, [consultation])
  return place
}
