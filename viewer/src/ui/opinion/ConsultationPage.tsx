// One consultation from the list: whose, what was asked, how it went, and its paper.
import { Activity, ArrowLeft, FileDown, KeyRound, Play } from 'lucide'
import { useState } from 'preact/hooks'

import { watch } from '../../app/places'
import { mayExport, mayGrant } from '../../app/roles'
import { t } from '../../i18n'
import type { Summary } from '../../session/http'
import * as store from '../../session/store'
import type { ConsultationId } from '../../session/wire.gen'
import { Button } from '../kit/Button'
import { lazily } from '../kit/Lazy'
import { UrgencyPill } from '../ringing/PatientCard'
import { TopBar } from '../TopBar'
import { dayTime, duration, patientId, patientLine } from '../words'
import { PaperOf, useSummary } from './ClosedPaper'

const ExportDialog = lazily(() => import('../export/ExportDialog').then((part) => part.ExportDialog))
const FolderCard = lazily(() => import('../folder/FolderCard').then((part) => part.FolderCard))

export function ConsultationPage() {
  const consultation = store.opened.value
  return consultation && <Consultation key={consultation} consultation={consultation} />
}

function Consultation({ consultation }: { consultation: NonNullable<typeof store.opened.value> }) {
  const asked = useSummary(consultation)
  const { told } = asked
  return (
    <div class="page">
      <TopBar person />
      <main class="case">
        <header class="case-head">
          <Button icon={ArrowLeft} autoFocus onPress={() => (store.opened.value = null)}>
            {t('after.back')}
          </Button>
          {told && (
            <h1>
              {patientLine(told.patient)}{' '}
              <small class="quiet">{`${patientId(told.patient)} · ${told.requester.site}`}</small>
            </h1>
          )}
          <Button icon={Activity} onPress={() => (store.timelineOf.value = consultation)}>
            {t('after.timeline')}
          </Button>
          {told && told.opened_at > 0 && <Kept consultation={consultation} />}
          {mayGrant(store.me.value?.role ?? 'observer') && (
            <Button icon={KeyRound} onPress={() => (store.grantsOf.value = consultation)}>
              {t('after.grants')}
            </Button>
          )}
        </header>
        {told && <Facts of={told} />}
        <section class="card" aria-label={t('opinion.title')}>
          <PaperOf asked={asked} />
        </section>
        {told && told.opened_at > 0 && <FolderCard consultation={consultation} />}
      </main>
    </div>
  )
}

/** What may be kept of it. */
function Kept({ consultation }: { consultation: ConsultationId }) {
  return (
    <>
      <Button icon={Play} onPress={() => watch(consultation)}>
        {t('after.replay')}
      </Button>
      <ExportButton consultation={consultation} />
    </>
  )
}

function ExportButton({ consultation }: { consultation: ConsultationId }) {
  const [open, setOpen] = useState(false)
  const me = store.me.value
  if (!me || !mayExport(me.role)) return null
  return (
    <>
      <Button icon={FileDown} onPress={() => setOpen(true)}>
        {t('after.export')}
      </Button>
      {open && <ExportDialog consultation={consultation} onClose={() => setOpen(false)} />}
    </>
  )
}

function Facts({ of }: { of: Summary }) {
  const people = of.participants.map(({ person }) => `${person.name} · ${person.site}`)
  const rows: [string, string][] = [
    [t('after.question'), of.reason],
    [t('after.requested'), `${dayTime(of.requested_at)} · ${of.requester.name}`],
    [t('after.opened'), of.opened_at ? dayTime(of.opened_at) : t('after.never')],
  ]
  if (of.opened_at) rows.push([t('after.duration'), duration(of.open_ms / 1000)], [t('after.with'), people.join('\n')])
  return (
    <section class="card case-facts">
      <dl class="summary">
        {rows.map(([name, value]) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd>{value}</dd>
          </div>
        ))}
        <div>
          <dt>{t('lobby.urgency')}</dt>
          <dd>
            <UrgencyPill urgency={of.urgency} />
          </dd>
        </div>
      </dl>
    </section>
  )
}
