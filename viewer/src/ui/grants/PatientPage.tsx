// For a patient without an account, on their own telephone, by the link that the doctor with them showed: who may see the
// consultation, who looked, and a button that takes it back. Nobody is named but whom the patient gave it to.
import { Ban, Building2, Check, Undo2, UserRound } from 'lucide'
import { useEffect, useState } from 'preact/hooks'

import { known, t } from '../../i18n'
import { machineNow } from '../../session/clock'
import { HttpFailed } from '../../session/http'
import { seen, takeBack } from '../../session/patientView'
import type { Looked, PatientView, ShownGrant } from '../../session/patientView'
import * as store from '../../session/store'
import { Button } from '../kit/Button'
import { Dialog } from '../kit/Dialog'
import { Icon } from '../kit/Icon'
import { Strip } from '../kit/Strip'
import { TopBar } from '../TopBar'
import { stamp } from '../words'
import { parts, problemOf, recipient } from './words'
import '../opinion/opinion.css'
import './grants.css'

export function PatientPage() {
  const { view, problem, load, revoke } = useView(store.patientLink.value)
  return (
    <div class="page">
      <TopBar />
      <main class="case patient">
        <header class="case-head">
          <h1>{t('grants.patient.title')}</h1>
        </header>
        {problem && (
          <Strip tone="bad" words={problem}>
            <Button onPress={load}>{t('strip.again')}</Button>
          </Strip>
        )}
        {!view && !problem && <p class="quiet">{t('loading.title')}</p>}
        {view && <Whole view={view} revoke={revoke} />}
      </main>
    </div>
  )
}

function Whole({ view, revoke }: { view: PatientView; revoke: (one: ShownGrant) => void }) {
  const [asked, setAsked] = useState<ShownGrant | null>(null)
  const running = view.grants.filter((one) => one.revoked_at === 0 && one.until > view.now)
  const over = view.grants.filter((one) => !running.includes(one))
  return (
    <>
      <p class="quiet">{t('grants.patient.until', { time: stamp(view.until) })}</p>
      <section class="card grants" aria-labelledby="patient-who">
        <h2 id="patient-who">{t('grants.patient.who')}</h2>
        <p class="quiet">{t('grants.took_part')}</p>
        {running.length === 0 && <p role="status">{t('grants.nobody')}</p>}
        <ul class="rows">
          {running.map((one) => (
            <li key={one.key} class="grant">
              <Whom one={one} />
              <Button
                icon={Undo2}
                size="large"
                label={t('grants.take_back_from', { who: recipient(one) })}
                onPress={() => setAsked(one)}
              >
                {t('grants.take_back')}
              </Button>
            </li>
          ))}
          {over.map((one) => (
            <li key={one.key} class="grant quiet">
              <Whom one={one} />
            </li>
          ))}
        </ul>
      </section>
      {view.uses && <Uses uses={view.uses} />}
      <LookedAt looked={view.looked} />
      {asked && (
        <Asked
          one={asked}
          onNo={() => setAsked(null)}
          onYes={() => {
            setAsked(null)
            revoke(asked)
          }}
        />
      )}
    </>
  )
}

function Whom({ one }: { one: ShownGrant }) {
  const end = one.revoked_at
    ? t('grants.taken_at', { time: stamp(one.revoked_at) })
    : t('grants.until', { time: stamp(one.until) })
  return (
    <>
      <Icon of={one.name ? UserRound : Building2} />
      <p class="grow">
        <strong>{recipient(one)}</strong>
        <span>{parts(one.data)}</span>
        <span class="grant-until">{end}</span>
      </p>
    </>
  )
}

function Uses({ uses }: { uses: NonNullable<PatientView['uses']> }) {
  return (
    <section class="card grants" aria-labelledby="patient-uses">
      <h2 id="patient-uses">{t('grants.consent.title')}</h2>
      <p>
        {uses.length === 0
          ? t('grants.consent.none')
          : uses.map((use) => t(`grants.use.${use}`)).join(t('grants.comma'))}
      </p>
    </section>
  )
}

function LookedAt({ looked }: { looked: readonly Looked[] }) {
  return (
    <section class="card grants" aria-labelledby="patient-seen">
      <h2 id="patient-seen">{t('grants.seen.title')}</h2>
      <p class="quiet small">{t('grants.seen.hint')}</p>
      {looked.length === 0 && <p>{t('grants.seen.nobody')}</p>}
      <ul class="rows">
        {looked.map((one, index) => (
          <li key={`${one.at} ${index}`} class="grant">
            <span class={one.allowed ? 'seen-ok' : 'seen-no'}>
              <Icon of={one.allowed ? Check : Ban} />
            </span>
            <p class="grow">
              <strong>{who(one)}</strong>
              <span>{what(one)}</span>
              {!one.allowed && <span class="seen-no">{`${t('grants.seen.refused')}: ${ground(one)}`}</span>}
              <span class="quiet small">{stamp(one.at)}</span>
            </p>
          </li>
        ))}
      </ul>
    </section>
  )
}

const who = ({ role, site }: Looked): string =>
  role === null ? t('grants.patient.machine') : [t(`role.${role}`), site].join(' · ')

const what = ({ kind, purpose }: Looked): string =>
  [t(`grants.kind.${kind}`), purpose === null ? '' : t(`grants.purpose.${purpose}`)].filter(Boolean).join(' · ')

const ground = ({ ground: why }: Looked): string =>
  t(known(`grants.ground.${why ?? ''}`) ? `grants.ground.${why ?? ''}` : 'grants.ground.other')

/** It cannot be undone here: it is asked once. */
function Asked({ one, onYes, onNo }: { one: ShownGrant; onYes: () => void; onNo: () => void }) {
  return (
    <Dialog title={t('grants.take_back_from', { who: recipient(one) })} onClose={onNo}>
      <p>{t('grants.patient.means')}</p>
      <div class="form-buttons">
        <Button autoFocus onPress={onNo}>
          {t('grants.cancel')}
        </Button>
        <Button tone="danger" onPress={onYes}>
          {t('grants.take_back')}
        </Button>
      </div>
    </Dialog>
  )
}

/** It is over after its time by the telephone's own clock, whether or not a server can be asked. */
function useView(token: string) {
  const [open, setOpen] = useState<{ view: PatientView; until: number } | null>(null)
  const [problem, setProblem] = useState('')
  const end = (): void => {
    setOpen(null) // nothing stays on a telephone that may be handed on
    setProblem(t('grants.patient.ended'))
  }
  const show = (view: PatientView, until: number): void => {
    if (machineNow() < until) setOpen({ view, until })
    else end()
  }
  const hear = (asked: Promise<PatientView>): void => {
    const at = machineNow() // an answer that took long has less time left
    setProblem('')
    asked.then(
      (view) => show(view, at + view.until - view.now),
      (error: unknown) => (error instanceof HttpFailed && error.status === 401 ? end() : setProblem(problemOf(error))),
    )
  }
  const load = (): void => hear(seen(token))
  useEffect(load, [token])
  useEffect(() => (open ? atTheLatest(open.until, end) : undefined), [open])
  return { view: open?.view ?? null, problem, load, revoke: (one: ShownGrant) => hear(takeBack(token, one.key)) }
}

/** Calls at a time (Unix ms), or when the page is looked at again after it: a telephone that sleeps runs no timers. */
function atTheLatest(until: number, then: () => void): () => void {
  const look = (): void => {
    if (machineNow() >= until) then()
  }
  const timer = setTimeout(then, Math.max(0, until - machineNow()))
  document.addEventListener('visibilitychange', look)
  return () => {
    clearTimeout(timer)
    document.removeEventListener('visibilitychange', look)
  }
}
