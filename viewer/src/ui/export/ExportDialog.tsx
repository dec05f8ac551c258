// Taking a consultation away: what, how far it is, the file. A job goes on while the dialog is closed.
import { signal } from '@preact/signals'
import { Download, FileDown, Trash2 } from 'lucide'
import { useEffect, useState } from 'preact/hooks'

import { codeOf } from '../../app/opinion'
import { announce } from '../../app/tell'
import { language, learn, t } from '../../i18n'
import en from '../../locales/export/en.json'
import zh from '../../locales/export/zh-CN.json'
import { beginExport, cancelExport, EXPORT_KINDS, exportFile, exportProgress } from '../../session/exports'
import type { ExportJob, ExportKind } from '../../session/exports'
import type { ConsultationId } from '../../session/wire.gen'
import { Button } from '../kit/Button'
import { Dialog } from '../kit/Dialog'
import { Icon } from '../kit/Icon'
import { Strip } from '../kit/Strip'
import { noticeWords } from '../words'
import './export.css'

learn('export', { en, 'zh-CN': zh })

const EVERY_MS = 1000
const UNITS = ['B', 'kB', 'MB', 'GB'] as const

/** The newest job of each consultation, as long as the page lives. */
export const jobs = signal<ReadonlyMap<ConsultationId, ExportJob>>(new Map())

interface ExportDialogProps {
  consultation: ConsultationId
  onClose: () => void
}

export function ExportDialog({ consultation, onClose }: ExportDialogProps) {
  const job = jobs.value.get(consultation) ?? null
  const over = job === null || job.state === 'failed'
  return (
    <Dialog title={t('export.title')} onClose={onClose}>
      <div class="export">
        {job?.state === 'failed' && <Strip tone="bad" words={faultWords(job)} code={job.fault} />}
        {over ? (
          <Choose consultation={consultation} />
        ) : job.state === 'done' ? (
          <Ready job={job} />
        ) : (
          <Going job={job} />
        )}
      </div>
    </Dialog>
  )
}

function Choose({ consultation }: { consultation: ConsultationId }) {
  const [what, setWhat] = useState<ExportKind>('bundle')
  const [chosen, setChosen] = useState({ side_by_side: false, only_sealed: false, voice: false })
  const [problem, setProblem] = useState('')
  const [busy, setBusy] = useState(false)
  const begin = async (): Promise<void> => {
    if (busy) return
    setBusy(true)
    setProblem('')
    await beginExport(consultation, { what, ...chosen, language: language.value }).then(keep, (error: unknown) =>
      setProblem(codeOf(error)),
    )
    setBusy(false)
  }
  return (
    <>
      <fieldset class="field export-kinds">
        <legend>{t('export.choose')}</legend>
        {EXPORT_KINDS.map((kind) => (
          <label key={kind} class="export-kind">
            <input type="radio" name="export-what" checked={what === kind} onChange={() => setWhat(kind)} />
            <span>
              <strong>{t(`export.${kind}`)}</strong>
              <small class="quiet">{t(`export.${kind}_hint`)}</small>
            </span>
          </label>
        ))}
      </fieldset>
      <Options what={what} chosen={chosen} onChange={setChosen} />
      {problem && (
        <Strip tone="bad" words={t('export.refused', { words: noticeWords(`error.${problem}`) })} code={problem} />
      )}
      {what !== 'teaching' && !chosen.only_sealed && <p class="small quiet">{t('export.warning')}</p>}
      <Button tone="primary" size="large" icon={FileDown} busy={busy} onPress={() => void begin()}>
        {t('export.begin')}
      </Button>
    </>
  )
}

interface Chosen {
  side_by_side: boolean
  only_sealed: boolean
  voice: boolean
}

interface OptionsProps {
  what: ExportKind
  chosen: Chosen
  onChange: (chosen: Chosen) => void
}

function Options({ what, chosen, onChange }: OptionsProps) {
  const box = (name: keyof Chosen, words: string) => (
    <label class="export-option">
      <input
        type="checkbox"
        checked={chosen[name]}
        onChange={(event) => onChange({ ...chosen, [name]: event.currentTarget.checked })}
      />
      <span>{words}</span>
    </label>
  )
  if (what === 'teaching') return box('voice', t('export.with_voice'))
  if (what === 'side_by_side') return null
  return (
    <div>
      {!chosen.only_sealed && box('side_by_side', t('export.with_video'))}
      {box('only_sealed', t('export.only_sealed'))}
    </div>
  )
}

function Going({ job }: { job: ExportJob }) {
  const problem = useProgress(job)
  const percent = Math.floor((100 * job.done) / Math.max(1, job.of))
  const words = job.state === 'waiting' ? t('export.waiting', { count: job.before }) : t('export.going', { percent })
  return (
    <>
      <p id="export-words" role="status">
        {words}
      </p>
      <progress class="export-progress" aria-labelledby="export-words" max={job.of} value={job.done} />
      <p class="small quiet">{t('export.goes_on')}</p>
      {problem && (
        <Strip tone="warn" words={t('export.unsure', { words: noticeWords(`error.${problem}`) })} code={problem} />
      )}
      <Button onPress={() => void drop(job)}>{t('export.cancel')}</Button>
    </>
  )
}

function Ready({ job }: { job: ExportJob }) {
  useProgress(job)
  return (
    <>
      <p role="status">
        <strong>{t('export.ready', { size: sizeOf(job.size) })}</strong>
      </p>
      <a class="button primary large" href={exportFile(job)} download={job.name} data-first>
        <Icon of={Download} />
        <span>{t('export.save')}</span>
      </a>
      <p class="small quiet">{t('export.kept', { minutes: Math.ceil(job.kept_s / 60) })}</p>
      <div class="export-after">
        <Button onPress={() => forget(job.consultation)}>{t('export.another')}</Button>
        <Button icon={Trash2} onPress={() => void drop(job)}>
          {t('export.drop')}
        </Button>
      </div>
    </>
  )
}

/** Asks once a second how far it is; gives the code of what is in the way. A job that is gone is forgotten. */
function useProgress(job: ExportJob): string {
  const [problem, setProblem] = useState('')
  useEffect(() => {
    const timer = setInterval(() => {
      exportProgress(job).then(
        (told) => {
          setProblem('')
          if (told.state !== job.state && told.state === 'done')
            announce(t('export.ready', { size: sizeOf(told.size) }))
          keep(told)
        },
        (error: unknown) => {
          const code = codeOf(error)
          if (code === 'not_found') forget(job.consultation)
          else setProblem(code)
        },
      )
    }, EVERY_MS)
    return () => clearInterval(timer)
  }, [job.job, job.state])
  return problem
}

function keep(job: ExportJob): void {
  jobs.value = new Map(jobs.value).set(job.consultation, job)
}

function forget(consultation: ConsultationId): void {
  const left = new Map(jobs.value)
  left.delete(consultation)
  jobs.value = left
}

async function drop(job: ExportJob): Promise<void> {
  await cancelExport(job).catch(() => undefined) // it ends by itself in a while
  forget(job.consultation)
}

function faultWords(job: ExportJob): string {
  return t(`export.fault.${job.fault}`)
}

/** 12.3 MB */
export function sizeOf(bytes: number): string {
  const power = Math.min(UNITS.length - 1, Math.floor(Math.log10(Math.max(1, bytes)) / 3))
  const value = bytes / 1000 ** power
  return `${value.toFixed(power && value < 100 ? 1 : 0)} ${UNITS[power] ?? 'B'}`
}
