// What was shared in a consultation: which study, by whom, when, what it holds; what was withdrawn is crossed out and
// says so. And all that was made in it, as DICOM. Nothing at all where nothing was shared.
import { Download } from 'lucide'
import { useEffect, useState } from 'preact/hooks'

import { codeOf } from '../../app/opinion'
import { learn, t } from '../../i18n'
import en from '../../locales/folder/en.json'
import zh from '../../locales/folder/zh-CN.json'
import { exportPath, folder } from '../../session/shared'
import type { Folder, FolderStudy } from '../../session/shared'
import type { ConsultationId, Person } from '../../session/wire.gen'
import { Button } from '../kit/Button'
import { Icon } from '../kit/Icon'
import { Strip } from '../kit/Strip'
import { dayTime, noticeWords } from '../words'
import '../styles/table.css'
import './folder.css'

learn('folder', { en, 'zh-CN': zh })

const COLUMNS = ['study', 'by', 'when', 'holds', 'state'] as const

export function FolderCard({ consultation }: { consultation: ConsultationId }) {
  const [found, setFound] = useState<Folder | null>(null)
  const [problem, setProblem] = useState('')
  const again = (): void => {
    setProblem('')
    folder(consultation).then(setFound, (error: unknown) => setProblem(codeOf(error)))
  }
  useEffect(again, [consultation])
  if (problem === 'not_found' || (found && found.studies.length === 0)) return null
  return (
    <section class="card folder" aria-labelledby="folder-title">
      <h2 id="folder-title">{t('folder.title')}</h2>
      {problem && (
        <Strip tone="warn" words={t('folder.failed', { words: noticeWords(`error.${problem}`) })} code={problem}>
          <Button onPress={again}>{t('folder.again')}</Button>
        </Strip>
      )}
      {found && <Studies of={found} />}
      {found && <Export consultation={consultation} />}
    </section>
  )
}

function Export({ consultation }: { consultation: ConsultationId }) {
  return (
    <p class="folder-export">
      <a class="button quiet normal" href={exportPath(consultation)} download={`dicom-${consultation}.zip`}>
        <Icon of={Download} />
        <span>{t('folder.export')}</span>
      </a>
      <small class="quiet">{t('folder.export_hint')}</small>
    </p>
  )
}

function Studies({ of }: { of: Folder }) {
  return (
    <div class="table-place" role="region" aria-labelledby="folder-title" tabIndex={0}>
      <table class="table">
        <thead>
          <tr>
            {COLUMNS.map((name) => (
              <th key={name} scope="col">
                {t(`folder.${name}`)}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {of.studies.map((study) => (
            <StudyRow key={`${study.study} ${String(study.t)}`} study={study} startedAt={of.started_at} />
          ))}
        </tbody>
      </table>
    </div>
  )
}

function StudyRow({ study, startedAt }: { study: FolderStudy; startedAt: number }) {
  const gone = study.withdrawn_t >= 0
  const named = study.description || t('folder.no_name')
  const cells = {
    by: study.by ? `${study.by.name} · ${study.by.site}` : t('folder.device'),
    when: dayTime(startedAt + study.t / 1000),
    holds: holdsOf(study),
    state: stateOf(study, startedAt),
  }
  return (
    <tr class={gone ? 'withdrawn' : undefined}>
      <th scope="row">
        {gone ? <s>{named}</s> : named} <small class="quiet">{kindOf(study)}</small>
      </th>
      {Object.entries(cells).map(([name, words]) => (
        <td key={name} data-column={t(`folder.${name}`)}>
          {words}
        </td>
      ))}
    </tr>
  )
}

/** date · modality */
function kindOf({ date, series }: FolderStudy): string {
  const modalities = [...new Set(series.map((one) => one.modality).filter(Boolean))].join('/')
  return [date.replace(/^(\d{4})(\d\d)(\d\d)$/, '$1-$2-$3'), modalities].filter(Boolean).join(' · ')
}

/** Stills are pictures too: they are counted once, and said. */
export function holdsOf({ series, stills }: FolderStudy): string {
  const instances = series.reduce((sum, one) => sum + one.instances, 0)
  const late = stills.filter((one) => one.as_transmitted).length
  if (stills.length === 0) return t('folder.instances', { count: instances })
  const said = t('folder.stills', { count: stills.length })
  return late ? `${said} (${t('folder.transmitted', { count: late })})` : said
}

export function stateOf(study: FolderStudy, startedAt: number): string {
  if (study.withdrawn_t >= 0) {
    const time = dayTime(startedAt + study.withdrawn_t / 1000)
    return t('folder.withdrawn', { name: nameOf(study.withdrawn_by), time })
  }
  if (!study.differs) return t('folder.here')
  return study.confirmed_t < 0 ? t('folder.unanswered') : t('folder.meant', { name: nameOf(study.confirmed_by) })
}

function nameOf(person: Person | null): string {
  return person?.name ?? t('folder.somebody')
}
