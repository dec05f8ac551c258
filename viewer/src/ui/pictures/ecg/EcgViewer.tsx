// A 12-lead ECG on paper: layout, speed, gain, the recording, and calipers.
import { useEffect, useState } from 'preact/hooks'

import { t } from '../../../i18n'
import { bulkOf, metadataOf } from '../../../session/dicomweb'
import type { Picture } from '../../../session/wire.gen'
import { useLoaded } from '../loaded'
import { EcgPaper } from './EcgPaper'
import { GAINS, lastStart, LAYOUTS, PAGE_S, SPEEDS } from './paper'
import type { Layout, Paper } from './paper'
import { bytesOf, groupsOf, machineWords, recording } from './waveform'
import type { Recording } from './waveform'

interface Ecg {
  recordings: Recording[]
  words: string[]
}

export function EcgViewer({ base, picture, n }: { base: string; picture: Picture; n: number }) {
  const { data, state } = useLoaded({
    load: () => load(base, picture),
    deps: [base, picture.instance],
    n,
    fit: (ecg) => ecg.recordings.length > 0,
  })
  if (!data) return state
  if (data.recordings.length === 0) return <p class="paper-problem">{t('pictures.ecg.broken')}</p>
  return <Viewer key={picture.instance} ecg={data} />
}

async function load(base: string, picture: Picture): Promise<Ecg> {
  const metadata = await metadataOf(base, picture)
  const recordings: Recording[] = []
  for (const group of groupsOf(metadata)) {
    const data = group.inline ? bytesOf(group.inline) : (await bulkOf(base, picture, group.uri)).buffer
    const found = recording(group, data)
    if (found) recordings.push(found)
  }
  return { recordings, words: machineWords(metadata) }
}

function Viewer({ ecg }: { ecg: Ecg }) {
  const [shown, setShown] = useState(0)
  const [paper, setPaper] = useState<Paper>({ layout: '3x4', speed: 25, gain: 10, from: 0 })
  const change = (changes: Partial<Paper>): void => setPaper((before) => ({ ...before, ...changes }))
  useEffect(() => change({ from: 0 }), [shown])
  const found = ecg.recordings[shown]
  if (!found) return null
  return (
    <div class="ecg" role="group" aria-label={t('pictures.ecg.name')}>
      <EcgPaper recording={found} paper={paper} />
      <div class="ecg-controls">
        <Choice words={t('pictures.ecg.layout')} value={paper.layout} onChoose={(layout) => change({ layout })}>
          {LAYOUTS.map((layout: Layout) => [layout, t(`pictures.ecg.layout_${layout}`)])}
        </Choice>
        <Choice words={t('pictures.ecg.speed')} value={paper.speed} onChoose={(speed) => change({ speed })}>
          {SPEEDS.map((value) => [value, t('pictures.ecg.speed_of', { value })])}
        </Choice>
        <Choice words={t('pictures.ecg.gain')} value={paper.gain} onChoose={(gain) => change({ gain })}>
          {GAINS.map((value) => [value, t('pictures.ecg.gain_of', { value })])}
        </Choice>
        {ecg.recordings.length > 1 && (
          <Choice words={t('pictures.ecg.group')} value={shown} onChoose={setShown}>
            {ecg.recordings.map((one, n) => [n, recordingWords(one)])}
          </Choice>
        )}
        <Begin recording={found} from={paper.from} onChange={(from) => change({ from })} />
      </div>
      {ecg.words.length > 0 && (
        <details class="ecg-words">
          <summary>{t('pictures.ecg.machine')}</summary>
          <ul>
            {ecg.words.map((words) => (
              <li key={words}>{words}</li>
            ))}
          </ul>
        </details>
      )}
    </div>
  )
}

function recordingWords({ derived, seconds }: Recording): string {
  return t(derived ? 'pictures.ecg.derived' : 'pictures.ecg.rhythm', { seconds: Math.round(seconds * 10) / 10 })
}

interface ChoiceProps<T> {
  words: string
  value: T
  onChoose: (value: T) => void
  children: (readonly [T, string])[]
}

function Choice<T extends string | number>({ words, value, onChoose, children }: ChoiceProps<T>) {
  return (
    <label class="field">
      <span>{words}</span>
      <select
        value={String(value)}
        onChange={(event) => {
          const chosen = children[event.currentTarget.selectedIndex]
          if (chosen) onChoose(chosen[0])
        }}
      >
        {children.map(([one, name]) => (
          <option key={String(one)} value={String(one)}>
            {name}
          </option>
        ))}
      </select>
    </label>
  )
}

/** Where the paper begins, in a recording longer than a page. */
function Begin(props: { recording: Recording; from: number; onChange: (from: number) => void }) {
  const last = lastStart(props.recording)
  if (last <= 0) return null
  return (
    <label class="field grow">
      <span>{t('pictures.ecg.begin', { from: props.from })}</span>
      <input
        type="range"
        min={0}
        max={Math.ceil(last)}
        step={PAGE_S / 10}
        value={props.from}
        onInput={(event) => props.onChange(Number(event.currentTarget.value))}
      />
    </label>
  )
}
