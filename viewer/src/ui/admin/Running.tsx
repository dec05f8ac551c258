// Consultations that run right now: how their lines are, never about whom they are. One can be ended, with words.
import { Activity, PhoneOff } from 'lucide'
import { useState } from 'preact/hooks'

import { t } from '../../i18n'
import * as admin from '../../session/admin'
import type { Attending, Running as One } from '../../session/admin'
import * as store from '../../session/store'
import { MAX_LENGTH } from '../../session/wire.gen'
import { Button } from '../kit/Button'
import { Dialog } from '../kit/Dialog'
import { dayTime } from '../words'
import { Field, FormButtons, LoadState, Table, tellDone, useLoaded, useSending } from './parts'

const EVERY_MS = 3_000
const COLUMNS = ['state', 'from', 'department', 'urgency', 'since', 'people'] as const

export function Running() {
  const loaded = useLoaded(admin.running, [], EVERY_MS)
  const [ending, setEnding] = useState<One | null>(null)
  return (
    <>
      <LoadState loaded={loaded} />
      {loaded.data?.length === 0 && <p class="quiet">{t('admin.running.none')}</p>}
      {loaded.data && loaded.data.length > 0 && (
        <Table columns={[...COLUMNS.map((name) => t(`admin.running.${name}`)), t('admin.accounts.actions')]}>
          {loaded.data.map((one) => (
            <Row key={one.consultation} one={one} onEnd={() => setEnding(one)} />
          ))}
        </Table>
      )}
      {ending && (
        <EndDialog
          one={ending}
          onClose={() => setEnding(null)}
          onDone={() => {
            setEnding(null)
            loaded.reload()
          }}
        />
      )}
    </>
  )
}

function Row({ one, onEnd }: { one: One; onEnd: () => void }) {
  const { site, consultation } = one
  return (
    <tr>
      <td>
        {t(`status.${one.status}`)} {one.demo && <span class="pill neutral">{t('admin.running.demo')}</span>}
        {one.rung && <span class="quiet small block">{t('admin.running.rings', { site: one.rung })}</span>}
      </td>
      <th scope="row">
        {site}
        <small class="code block">{consultation}</small>
      </th>
      <td data-label={t('admin.running.department')}>
        {one.department || <span class="quiet">{t('admin.running.any')}</span>}
      </td>
      <td data-label={t('admin.running.urgency')}>{t(`urgency.${one.urgency}`)}</td>
      <td class="figures" data-label={t('admin.running.since')}>
        {dayTime(one.opened_at || one.requested_at)}
      </td>
      <td>
        <ul class="attending">
          {one.participants.map((person) => (
            <Line key={person.participant} person={person} />
          ))}
        </ul>
      </td>
      <td>
        <div class="row-actions">
          <Button
            icon={Activity}
            label={t('admin.running.timeline_of', { site })}
            onPress={() => (store.timelineOf.value = consultation)}
          >
            {t('admin.running.timeline')}
          </Button>
          <Button tone="danger" icon={PhoneOff} label={t('admin.running.end_of', { site })} onPress={onEnd}>
            {t('admin.running.end')}
          </Button>
        </div>
      </td>
    </tr>
  )
}

function Line({ person }: { person: Attending }) {
  const figures = [t(`admin.running.way.${person.way}`)]
  if (person.rtt_ms >= 0) figures.push(t('admin.running.rtt', { n: person.rtt_ms }))
  if (person.up_loss >= 0 || person.down_loss >= 0) {
    figures.push(t('admin.running.loss', { up: percent(person.up_loss), down: percent(person.down_loss) }))
  }
  return (
    <li>
      <strong>{t(`role.${person.role}`)}</strong> <span class="quiet">{person.site}</span>{' '}
      {!person.connected && <span class="pill amber">{t('admin.running.cut_off')}</span>}
      <span class="small block figures">{figures.join(' · ')}</span>
    </li>
  )
}

function percent(perMille: number): string {
  return perMille < 0 ? t('admin.running.unknown') : (perMille / 10).toFixed(1)
}

function EndDialog({ one, onClose, onDone }: { one: One; onClose: () => void; onDone: () => void }) {
  const [text, setText] = useState('')
  const [missing, setMissing] = useState(false)
  const sending = useSending(async () => {
    setMissing(!text.trim())
    if (!text.trim()) return
    await admin.endConsultation(one.consultation, text.trim())
    tellDone(t('admin.running.ended'))
    onDone()
  })
  return (
    <Dialog title={t('admin.running.end_title')} onClose={onClose}>
      <form class="form" onSubmit={sending.submit} noValidate>
        <p>{t('admin.running.end_help')}</p>
        <Field
          words={t('admin.running.reason')}
          problem={missing ? t('admin.problem.reason_missing') : sending.problem}
        >
          {(attributes) => (
            <textarea
              {...attributes}
              data-first
              rows={2}
              maxLength={MAX_LENGTH.ShortText}
              placeholder={t('admin.running.reason_hint')}
              value={text}
              onInput={(event) => setText(event.currentTarget.value)}
            />
          )}
        </Field>
        <FormButtons busy={sending.busy} danger words={t('admin.running.end_now')} onCancel={onClose} />
      </form>
    </Dialog>
  )
}
