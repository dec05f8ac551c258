// Bringing pictures in: the buttons, and how far what is on its way has come.
import { FileUp, FolderUp, Hospital } from 'lucide'
import { useRef } from 'preact/hooks'

import { bringAgain, bringing, cancelBringing, dismissBringing } from '../../app/bringing'
import type { Bringing } from '../../app/bringing'
import type { Refused } from '../../session/dicomweb'
import { t } from '../../i18n'
import { Button } from '../kit/Button'
import { Strip } from '../kit/Strip'
import { brought } from './brought'
import { chosen } from './gather'
import { searching } from './open'
import { bytesWords, codeWords } from './words'

/** A phone has no folders to choose. */
const hasFolders = (): boolean =>
  'webkitdirectory' in HTMLInputElement.prototype && !matchMedia('(hover: none)').matches

export function BringButtons() {
  const files = useRef<HTMLInputElement>(null)
  const folder = useRef<HTMLInputElement>(null)
  return (
    <div class="bring-buttons" role="group" aria-label={t('pictures.bring')}>
      <Chooser of={files} />
      <Button icon={FileUp} onPress={() => files.current?.click()}>
        {t('pictures.files')}
      </Button>
      {hasFolders() && (
        <>
          <Chooser of={folder} folder />
          <Button icon={FolderUp} onPress={() => folder.current?.click()}>
            {t('pictures.folder')}
          </Button>
        </>
      )}
      <Button icon={Hospital} onPress={() => (searching.value = true)}>
        {t('pictures.clinic')}
      </Button>
    </div>
  )
}

function Chooser({ of, folder = false }: { of: preact.RefObject<HTMLInputElement | null>; folder?: boolean }) {
  return (
    <input
      ref={of}
      type="file"
      multiple
      hidden
      data-bring={folder ? 'folder' : 'files'}
      {...(folder ? { webkitdirectory: true } : {})}
      onChange={(event) => {
        brought(chosen(event.currentTarget.files ?? []), 0)
        event.currentTarget.value = '' // the same may be chosen again
      }}
    />
  )
}

export function OnTheWay() {
  const jobs = bringing.value
  if (jobs.length === 0) return null
  return (
    <ul class="on-the-way" aria-label={t('pictures.progress.name')}>
      {jobs.map((job) => (
        <Job key={job.key} job={job} />
      ))}
    </ul>
  )
}

function Job({ job }: { job: Bringing }) {
  const under = job.state === 'sending' || job.state === 'waiting'
  return (
    <li class="bringing">
      {under && (
        <progress
          max={job.bytes}
          value={job.sent}
          aria-label={t('pictures.progress.name')}
          aria-valuetext={sentWords(job)}
        />
      )}
      <p class="bringing-line">
        <span class="grow" role={under ? undefined : 'status'}>
          {lineWords(job)}
        </span>
        <JobButtons job={job} under={under} />
      </p>
      {job.state === 'waiting' && <Strip tone="warn" words={t('pictures.progress.waiting')} code={job.code} />}
      {job.state === 'failed' && (
        <Strip tone="bad" words={t('pictures.progress.failed', { why: codeWords(job.code) })} code={job.code} />
      )}
      {job.refusedCount > 0 && <RefusedList refused={job.refused} count={job.refusedCount} />}
    </li>
  )
}

function JobButtons({ job: { key, state }, under }: { job: Bringing; under: boolean }) {
  return (
    <>
      {(state === 'failed' || state === 'waiting') && (
        <Button onPress={() => bringAgain(key)}>{t('pictures.progress.again')}</Button>
      )}
      {under ? (
        <Button onPress={() => cancelBringing(key)}>{t('pictures.progress.cancel')}</Button>
      ) : (
        <Button onPress={() => dismissBringing(key)}>{t('pictures.progress.dismiss')}</Button>
      )}
    </>
  )
}

function sentWords({ sent, bytes }: Bringing): string {
  return t('pictures.progress.sending', { sent: bytesWords(sent), total: bytesWords(bytes) })
}

function lineWords(job: Bringing): string {
  const { state, stored: count } = job
  if (state === 'cancelled') return t('pictures.progress.cancelled')
  if (state === 'done') return count > 0 ? t('pictures.progress.done', { count }) : t('pictures.progress.done_nothing')
  return [sentWords(job), t('pictures.progress.stored', { count })].join(' · ')
}

/** The same fault is said once, with the files it is about. */
function RefusedList({ refused, count }: { refused: readonly Refused[]; count: number }) {
  const faults = [...new Set(refused.map((one) => one.fault))]
  return (
    <details class="refused">
      <summary>{t('pictures.progress.refused', { count })}</summary>
      <dl>
        {faults.map((fault) => (
          <div key={fault}>
            <dt>{codeWords(fault)}</dt>
            {refused
              .filter((one) => one.fault === fault)
              .map((one, n) => (
                <dd key={n} class="quiet small">
                  {one.file}
                </dd>
              ))}
          </div>
        ))}
      </dl>
    </details>
  )
}
