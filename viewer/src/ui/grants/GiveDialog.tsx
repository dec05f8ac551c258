// Giving somebody access: to whom, which parts, in which consultations, until when; and that the patient agrees.
import { useEffect, useState } from 'preact/hooks'

import { t } from '../../i18n'
import * as grants from '../../session/grants'
import type { House, Overview, Term } from '../../session/grants'
import { serverNow } from '../../session/clock'
import * as store from '../../session/store'
import type { AccountId, GrantData, InstitutionId, Person } from '../../session/wire.gen'
import { Button } from '../kit/Button'
import { Dialog } from '../kit/Dialog'
import { Strip } from '../kit/Strip'
import { problemOf } from './words'

interface Draft {
  institution: InstitutionId | ''
  account: AccountId | ''
  pictures: boolean
  recording: boolean
  copy: boolean
  everywhere: boolean
  term: Term
  agreed: boolean
}

type Change = (changes: Partial<Draft>) => void

interface PartProps {
  draft: Draft
  change: Change
}

const EMPTY: Draft = {
  institution: '',
  account: '',
  pictures: true,
  recording: true,
  copy: false,
  everywhere: false,
  term: 30,
  agreed: false,
}

interface DialogProps {
  found: Overview
  onClose: () => void
  onDone: () => void
}

export function GiveDialog({ found, onClose, onDone }: DialogProps) {
  const [draft, setDraft] = useState(EMPTY)
  const [key] = useState(() => crypto.randomUUID()) // the same on every try: one grant
  const [problem, setProblem] = useState('')
  const [busy, setBusy] = useState(false)
  const change: Change = (changes) => setDraft((now) => ({ ...now, ...changes }))
  const send = (event: Event): void => {
    event.preventDefault()
    const lacks = lacking(draft)
    if (busy || lacks) return setProblem(lacks)
    setBusy(true)
    const giving = givingOf(draft, key)
    grants
      .give(found.consultation, giving, store.csrf.value)
      .then(onDone, (error: unknown) => setProblem(problemOf(error)))
      .finally(() => setBusy(false))
  }
  return (
    <Dialog title={t('grants.give_title')} onClose={onClose}>
      <form class="give-form" onSubmit={send} noValidate>
        <Recipient draft={draft} change={change} />
        <Parts draft={draft} change={change} />
        {found.others > 0 && <Where draft={draft} change={change} others={found.others} />}
        <Until draft={draft} change={change} />
        {store.me.value?.role !== 'patient' && <Agreed draft={draft} change={change} />}
        {problem && <Strip tone="bad" words={problem} />}
        <div class="form-buttons">
          <Button onPress={onClose}>{t('grants.cancel')}</Button>
          <Button type="submit" tone="primary" busy={busy}>
            {t('grants.give')}
          </Button>
        </div>
      </form>
    </Dialog>
  )
}

function lacking(draft: Draft): string {
  if (!draft.institution) return t('grants.lacks.whom')
  const needed = store.me.value?.role !== 'patient'
  return needed && !draft.agreed ? t('grants.lacks.agreed') : ''
}

function givingOf(draft: Draft, key: string): grants.Giving {
  const data: GrantData[] = ['record']
  for (const part of ['pictures', 'recording', 'copy'] as const) if (draft[part]) data.push(part)
  return {
    key,
    institution: draft.institution as InstitutionId,
    account: draft.account || null,
    data,
    until: Math.round(grants.untilOf(draft.term, serverNow())),
    everywhere: draft.everywhere,
  }
}

function Recipient({ draft, change }: PartProps) {
  const houses = useHouses()
  const people = usePeople(draft.institution)
  return (
    <>
      <label class="field">
        <span>{t('grants.institution')}</span>
        <select
          data-first
          value={draft.institution}
          onChange={(event) => change({ institution: event.currentTarget.value as InstitutionId, account: '' })}
        >
          <option value="">{t('grants.choose')}</option>
          {houses.map((house) => (
            <option key={house.id} value={house.id}>
              {house.name}
            </option>
          ))}
        </select>
      </label>
      <label class="field">
        <span>{t('grants.doctor')}</span>
        <select
          value={draft.account}
          disabled={!draft.institution}
          onChange={(event) => change({ account: event.currentTarget.value as AccountId })}
        >
          <option value="">{t('grants.all_there')}</option>
          {people.map((person) => (
            <option key={person.account} value={person.account}>
              {[person.name, person.department || t(`role.${person.role}`)].join(' · ')}
            </option>
          ))}
        </select>
      </label>
    </>
  )
}

function Parts({ draft, change }: PartProps) {
  return (
    <fieldset class="field">
      <legend>{t('grants.what')}</legend>
      <label class="check-line">
        <input type="checkbox" checked disabled />
        <span>{t('grants.part_long.record')}</span>
      </label>
      {(['pictures', 'recording', 'copy'] as const).map((part) => (
        <label key={part} class="check-line">
          <input
            type="checkbox"
            checked={draft[part]}
            onChange={(event) => change({ [part]: event.currentTarget.checked })}
          />
          <span>{t(`grants.part_long.${part}`)}</span>
        </label>
      ))}
    </fieldset>
  )
}

function Where({ draft, change, others }: PartProps & { others: number }) {
  return (
    <fieldset class="field">
      <legend>{t('grants.where')}</legend>
      <div class="choices">
        {[false, true].map((everywhere) => (
          <label key={String(everywhere)} class="choice">
            <input
              type="radio"
              name="everywhere"
              checked={draft.everywhere === everywhere}
              onChange={() => change({ everywhere })}
            />
            <span>{everywhere ? t('grants.everywhere', { n: others + 1 }) : t('grants.here')}</span>
          </label>
        ))}
      </div>
      <span class="quiet small">{t('grants.so_far')}</span>
    </fieldset>
  )
}

function Until({ draft, change }: PartProps) {
  return (
    <label class="field">
      <span>{t('grants.how_long')}</span>
      <select value={draft.term} onChange={(event) => change({ term: Number(event.currentTarget.value) as Term })}>
        {grants.TERMS.map((term) => (
          <option key={term} value={term}>
            {t(`grants.term.${term}`)}
          </option>
        ))}
      </select>
    </label>
  )
}

function Agreed({ draft, change }: PartProps) {
  return (
    <label class="check-line">
      <input
        type="checkbox"
        checked={draft.agreed}
        onChange={(event) => change({ agreed: event.currentTarget.checked })}
      />
      <span>{t('grants.agreed')}</span>
    </label>
  )
}

function useHouses(): readonly House[] {
  const [houses, setHouses] = useState<readonly House[]>([])
  useEffect(() => {
    grants.recipients().then(
      (found) => setHouses(found.institutions),
      () => undefined, // the list stays empty, and sending says what is in the way
    )
  }, [])
  return houses
}

function usePeople(institution: InstitutionId | ''): readonly Person[] {
  const [people, setPeople] = useState<readonly Person[]>([])
  useEffect(() => {
    let current = true
    setPeople([])
    if (institution) {
      grants.recipients(institution).then(
        (found) => current && setPeople(found.people.filter(({ account }) => account !== store.me.value?.account)),
        () => undefined,
      )
    }
    return () => {
      current = false
    }
  }, [institution])
  return people
}
