// My clinic's pictures: what this server has and what the PACS has, found by name or number and by how long ago.
import { useEffect, useState } from 'preact/hooks'

import { bringStudy } from '../../app/lead'
import { t } from '../../i18n'
import { dateWords, number, TAG, text, texts } from '../../session/dicom_json'
import type { Dataset } from '../../session/dicom_json'
import { datasets, MINE } from '../../session/dicomweb'
import type { View } from '../../session/view'
import type { StudyId } from '../../session/wire.gen'
import { Button } from '../kit/Button'
import { Dialog } from '../kit/Dialog'
import { Strip } from '../kit/Strip'
import { searching } from './open'
import { LIMIT, queries, SPANS, studiesIn } from './search'
import type { Span } from './search'
import { whyNot } from './words'

const TYPED_MS = 250 // a pause in typing

export function SearchDialog({ view }: { view: View }) {
  if (!searching.value) return null
  return (
    <Dialog title={t('pictures.search.title')} onClose={() => (searching.value = false)} wide>
      <Search view={view} />
    </Dialog>
  )
}

function Search({ view }: { view: View }) {
  const { patient } = view.state
  const [find, setFind] = useState(patient?.identifier || patient?.name || '')
  const [span, setSpan] = useState<Span>('month')
  const { rows, problem, again } = useFound(find, span)
  return (
    <div class="picture-search">
      <div class="picture-filter">
        <label class="field grow">
          <span>{t('pictures.search.find')}</span>
          <input
            type="search"
            data-first
            maxLength={64}
            value={find}
            onInput={(event) => setFind(event.currentTarget.value)}
          />
        </label>
        <SpanChoice span={span} onChange={setSpan} />
      </div>
      {problem && (
        <Strip tone="warn" words={problem}>
          <Button onPress={again}>{t('pictures.again')}</Button>
        </Strip>
      )}
      <p class="quiet small" role="status">
        {stateWords(rows)}
      </p>
      <ul class="found-studies">
        {(rows ?? []).map((row) => (
          <Found key={text(row, TAG.StudyInstanceUID)} row={row} view={view} />
        ))}
      </ul>
    </div>
  )
}

function SpanChoice({ span, onChange }: { span: Span; onChange: (span: Span) => void }) {
  return (
    <fieldset class="field">
      <legend>{t('pictures.search.when')}</legend>
      <div class="choices">
        {SPANS.map((one) => (
          <label key={one} class="choice">
            <input type="radio" name="span" checked={span === one} onChange={() => onChange(one)} />
            <span>{t(`pictures.search.${one}`)}</span>
          </label>
        ))}
      </div>
    </fieldset>
  )
}

function stateWords(rows: readonly Dataset[] | null): string {
  if (rows === null) return t('pictures.search.searching')
  if (rows.length === 0) return t('pictures.search.nothing')
  return rows.length >= LIMIT ? t('pictures.search.more') : ''
}

function Found({ row, view }: { row: Dataset; view: View }) {
  const [busy, setBusy] = useState(false)
  const study = text(row, TAG.StudyInstanceUID) as StudyId
  const here = view.state.looking.studies.some((one) => one.study === study)
  const name = text(row, TAG.PatientName) || t('pictures.study.no_name')
  const id = text(row, TAG.PatientID)
  const what = [text(row, TAG.StudyDescription), dateWords(text(row, TAG.StudyDate))].filter(Boolean).join(' · ')
  const share = (): void => {
    setBusy(true)
    void bringStudy(study).finally(() => setBusy(false))
  }
  return (
    <li>
      <div class="grow">
        <p class="study-patient">
          <strong>{name}</strong>
          <span>{id ? t('pictures.study.id', { id }) : t('pictures.study.no_id')}</span>
        </p>
        <p class="small">{what}</p>
        <p class="quiet small">{rowWords(row)}</p>
      </div>
      {here ? (
        <span class="quiet">{t('pictures.search.here')}</span>
      ) : (
        <Button tone="primary" busy={busy} label={t('pictures.search.share_of', { name, what })} onPress={share}>
          {t('pictures.search.share')}
        </Button>
      )}
    </li>
  )
}

function rowWords(row: Dataset): string {
  const count = number(row, TAG.NumberOfStudyRelatedInstances)
  const modalities = texts(row, TAG.ModalitiesInStudy).join(' ')
  return [modalities, count > 0 && t('pictures.series.pictures', { count })].filter(Boolean).join(' · ')
}

function useFound(find: string, span: Span): { rows: Dataset[] | null; problem: string; again: () => void } {
  const [rows, setRows] = useState<Dataset[] | null>(null)
  const [problem, setProblem] = useState('')
  const [turn, setTurn] = useState(0)
  useEffect(() => {
    let wanted = true
    const ask = async (): Promise<void> => {
      const answers = await Promise.all(queries(find, span).map((query) => datasets(`${MINE}/studies?${query}`)))
      if (!wanted) return
      setRows(studiesIn(answers))
      setProblem('')
    }
    const timer = setTimeout(() => {
      ask().catch((error: unknown) => {
        if (wanted) setProblem(whyNot(error))
      })
    }, TYPED_MS)
    return () => {
      wanted = false
      clearTimeout(timer)
    }
  }, [find, span, turn])
  return { rows, problem, again: () => setTurn(turn + 1) }
}
