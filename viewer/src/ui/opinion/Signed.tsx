// One signed text as it stands for ever: who, as what, when; and who has read it. Read-only.
import { BadgeCheck, CircleCheckBig, CircleX, TriangleAlert } from 'lucide'
import { useState } from 'preact/hooks'

import { acknowledge } from '../../app/opinion'
import { announce } from '../../app/tell'
import { t } from '../../i18n'
import * as store from '../../session/store'
import type { Opinion, SignedOpinion } from '../../session/wire.gen'
import { Button } from '../kit/Button'
import { Icon } from '../kit/Icon'
import { noticeWords, stamp } from '../words'
import type { Case } from './case'

interface SignedProps {
  one: SignedOpinion
  of: Case
  onChanged?: () => void
}

export function Signed({ one, of, onChanged }: SignedProps) {
  const { signer, opinion, acknowledged } = one
  const role = [t(`role.${signer.role}`), signer.department, signer.site].filter(Boolean).join(' · ')
  return (
    <article class={opinion.critical ? 'signed critical' : 'signed'}>
      <header>
        <h3>{one.amends ? t('opinion.addendum') : t('opinion.title')}</h3>
        <Mark forged={of.forged.includes(one.number)} />
      </header>
      {opinion.critical && <Critical opinion={opinion} />}
      <Parts opinion={opinion} />
      <footer>
        <p>
          <strong>{signer.name}</strong>
        </p>
        <p class="quiet small">{role}</p>
        <p class="quiet small">{t('opinion.signed_at', { time: stamp(one.at) })}</p>
        {acknowledged.map(({ person, at }) => (
          <p key={person.account} class="read small">
            <Icon of={CircleCheckBig} size={16} />
            {t('opinion.read_by', { name: person.name, time: stamp(at) })}
          </p>
        ))}
      </footer>
      <Acknowledge one={one} of={of} onChanged={onChanged} />
    </article>
  )
}

/** The three parts, without those that were left empty. */
export function Parts({ opinion }: { opinion: Opinion }) {
  const parts = (['findings', 'impression', 'advice'] as const).filter((part) => opinion[part])
  return (
    <dl class="parts">
      {parts.map((part) => (
        <div key={part}>
          <dt>{t(`opinion.${part}`)}</dt>
          <dd>{opinion[part]}</dd>
        </div>
      ))}
    </dl>
  )
}

export function Critical({ opinion: { told } }: { opinion: Opinion }) {
  return (
    <p class="critical-line">
      <Icon of={TriangleAlert} />
      <strong>{t('opinion.critical')}</strong>
      <span>{told ? t('opinion.told_line', { name: told.to, time: stamp(told.at) }) : t('opinion.told_nobody')}</span>
    </p>
  )
}

function Mark({ forged }: { forged: boolean }) {
  return (
    <span class={forged ? 'signed-mark forged' : 'signed-mark'}>
      <Icon of={forged ? CircleX : BadgeCheck} size={18} />
      {forged ? t('opinion.forged') : t('opinion.signed')}
    </span>
  )
}

function Acknowledge({ one, of, onChanged }: SignedProps) {
  const [problem, setProblem] = useState('')
  const [busy, setBusy] = useState(false)
  const me = store.me.value
  const read = one.acknowledged.some(({ person }) => person.account === me?.account)
  if (of.requester.account !== me?.account || read) return null
  const press = async (): Promise<void> => {
    if (busy) return
    setBusy(true)
    const code = await acknowledge(of.consultation, one.number)
    setBusy(false)
    setProblem(code)
    if (code) return
    announce(t('opinion.acknowledged_now'))
    onChanged?.()
  }
  return (
    <div class="acknowledge no-print">
      <Button tone="primary" size="large" icon={CircleCheckBig} busy={busy} onPress={() => void press()}>
        {t('opinion.acknowledge')}
      </Button>
      {problem && (
        <p class="field-problem" role="alert">
          {noticeWords(`error.${problem}`)}
        </p>
      )}
    </div>
  )
}
