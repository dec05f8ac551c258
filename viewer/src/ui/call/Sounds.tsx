// Everybody's voice: one <audio> per sound slot. A browser that holds sound back is noticed; one press frees all.
import { useEffect, useRef } from 'preact/hooks'

import { silenced, speaker, volumes } from '../../app/volume'
import * as store from '../../session/store'
import { shown } from '../../session/view'
import type { Shown, View } from '../../session/view'

const elements = new Set<HTMLAudioElement>()

/** From a press: the browser then lets them play. */
export function freeSound(): void {
  store.soundBlocked.value = false
  for (const element of elements) play(element)
}

function play(element: HTMLAudioElement): void {
  element.play().catch((error: unknown) => {
    // AbortError: another track came meanwhile, the next play() follows.
    if (error instanceof DOMException && error.name === 'NotAllowedError') store.soundBlocked.value = true
  })
}

export function Sounds({ view }: { view: View }) {
  return (
    <>
      {shown(view)
        .filter((one) => one.track.kind === 'audio')
        .map((one) => (
          <Voice key={one.mid} shown={one} />
        ))}
    </>
  )
}

function Voice({ shown: { mid, track } }: { shown: Shown }) {
  const element = useRef<HTMLAudioElement>(null)
  const sound = store.remote.value.get(mid)
  const volume = volumes.value.get(track.participant) ?? 1
  const muted = silenced.value.has(track.participant)
  const output = speaker.value
  useEffect(() => {
    const audio = element.current
    if (!audio || !sound) return
    elements.add(audio)
    audio.srcObject = new MediaStream([sound])
    play(audio)
    return () => {
      elements.delete(audio)
      audio.srcObject = null
    }
  }, [sound])
  useEffect(() => {
    if (!element.current) return
    element.current.volume = volume
    element.current.muted = muted
  }, [volume, muted])
  useEffect(() => {
    // Refused or just unplugged: the system's loudspeaker goes on.
    element.current?.setSinkId?.(output).catch(() => undefined)
  }, [output])
  return (
    <audio ref={element} data-participant={track.participant} data-track={track.track} data-purpose={track.purpose} />
  )
}
