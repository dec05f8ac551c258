// Who may see a consultation until when, what its recording may be used for, and who looked at it. For the patient, and
// for the doctor with them; an administrator sees who looked.
import { ArrowLeft, KeyRound, QrCode } from 'lucide'
import { useEffect, useState } from 'preact/hooks'

import { t } from '../../i18n'
import * as grants from '../../session/grants'
import type { Overview } from '../../session/grants'
import * as store from '../../session/store'
import type { ConsultationId, GrantState } from '../../session/wire.gen'
import { Button } from '../kit/Button'
import { Strip } from '../kit/Strip'
import { TopBar } from '../TopBar'
import { patientId, patientLine } from '../words'
import { ConsentCard } from './ConsentCard'
import { GiveDialog } from './GiveDialog'
import { Earlier, GrantList } from './GrantList'
import { LinkDialog } from './LinkDialog'
import { Seen } from './Seen'
import { problemOf, recipient } from './words'
import '../opinion/opinion.css'
import './grants.css'

export function GrantsPage() {
  const consultation = store.grantsOf.value
  const { found, problem, reload } = useOverview(consultation)
  return (
    <div class="page">
      <TopBar person />
      <main class="case">
        <header class="case-head">
          <Button icon={ArrowLeft} autoFocus onPress={() => (store.grantsOf.value = '')}>
            {t('after.back')}
          </Button>
          <h1>
            {t('grants.title')} {found?.patient && <Whose found={found} />}
          </h1>
        </header>
        {problem && (
          <Strip tone="bad" words={problem}>
            <Button onPress={reload}>{t('strip.again')}</Button>
          </Strip>
        )}
        {!found && !problem && <p class="quiet">{t('loading.title')}</p>}
        {found && <Found found={found} reload={reload} />}
      </main>
    </div>
  )
}

function Whose({ found: { patient } }: { found: Overview }) {
  return patient && <small class="quiet">{`${patientLine(patient)} · ${patientId(patient)}`}</small>
}

function Found({ found, reload }: { found: Overview; reload: () => void }) {
  const [giving, setGiving] = useState(false)
  const [showing, setShowing] = useState(false)
  const { taken, problem, takeBack, undo, giveHere } = useTakingBack(found, reload)
  return (
    <>
      <section class="card grants" aria-labelledby="grants-who">
        <div class="grants-head">
          <h2 id="grants-who">{t('grants.who')}</h2>
          {found.may_give && (
            <div class="form-buttons">
              <Button icon={QrCode} onPress={() => setShowing(true)}>
                {t('grants.patient.show')}
              </Button>
              <Button tone="primary" icon={KeyRound} onPress={() => setGiving(true)}>
                {t('grants.give')}
              </Button>
            </div>
          )}
        </div>
        <p class="quiet">{t('grants.took_part')}</p>
        {problem && <Strip tone="bad" words={problem} />}
        {taken && (
          <Strip tone="info" words={t('grants.taken', { who: recipient(taken.grant) })}>
            <Button onPress={undo}>{t('grants.undo')}</Button>
          </Strip>
        )}
        <GrantList found={found} onTakeBack={takeBack} />
        {found.earlier.length > 0 && <Earlier found={found} onGive={giveHere} />}
      </section>
      {found.recorded && <ConsentCard found={found} reload={reload} />}
      <Seen accesses={found.accesses} />
      {showing && (
        <LinkDialog
          consultation={found.consultation}
          onClose={() => {
            setShowing(false)
            reload()
          }}
        />
      )}
      {giving && (
        <GiveDialog
          found={found}
          onClose={() => setGiving(false)}
          onDone={() => {
            setGiving(false)
            reload()
          }}
        />
      )}
    </>
  )
}

/** One press takes back, at once; as long as nothing else was done it is given again by another. */
function useTakingBack(found: Overview, reload: () => void) {
  const [taken, setTaken] = useState<GrantState | null>(null)
  const [everywhere, setEverywhere] = useState(false)
  const [problem, setProblem] = useState('')
  const then = (doing: Promise<unknown>): void => {
    setProblem('')
    doing.catch((error: unknown) => setProblem(problemOf(error))).finally(reload)
  }
  const takeBack = (one: GrantState): void => {
    const doing = grants.revoke(found.consultation, one.grant.key, store.csrf.value)
    then(
      doing.then((count) => {
        setTaken(one)
        setEverywhere(count > 1)
      }),
    )
  }
  const undo = (): void => {
    if (!taken) return
    const same = grants.again(taken, everywhere, crypto.randomUUID())
    then(grants.give(found.consultation, same, store.csrf.value).then(() => setTaken(null)))
  }
  const giveHere = (one: GrantState): void =>
    then(grants.give(found.consultation, grants.again(one, false, one.grant.key), store.csrf.value))
  return { taken, problem, takeBack, undo, giveHere }
}

function useOverview(consultation: ConsultationId | '') {
  const [found, setFound] = useState<Overview | null>(null)
  const [problem, setProblem] = useState('')
  const [turn, setTurn] = useState(0)
  useEffect(() => {
    if (!consultation) return
    let current = true
    const heard = (told: Overview | null, said = ''): void => {
      if (!current) return
      if (told) setFound(told)
      setProblem(said)
    }
    grants.overview(consultation).then(heard, (error: unknown) => heard(null, problemOf(error)))
    return () => {
      current = false
    }
  }, [consultation, turn])
  return { found, problem, reload: () => setTurn((n) => n + 1) }
}
