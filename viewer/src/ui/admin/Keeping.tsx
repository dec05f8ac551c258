// Legal holds, and erasing a consultation: one asks, another confirms. Whom a consultation is about is never shown here.
import { Lock, LockOpen, Search as Magnifier, Trash2, Undo2 } from 'lucide'
import type { IconNode } from 'lucide'
import { useState } from 'preact/hooks'

import { t } from '../../i18n'
import { HttpFailed } from '../../session/http'
import * as keeping from '../../session/keeping'
import type { Decision, Kept, Step } from '../../session/keeping'
import { Button } from '../kit/Button'
import { Dialog } from '../kit/Dialog'
import { Strip } from '../kit/Strip'
import { dayTime } from '../words'
import { Field, FormButtons, LoadState, Table, problemWords, tellDone, useLoaded, useSending } from './parts'

const EVERY_MS = 5_000
const NUMBER = /^[a-z2-7]{26}$/
const WHY_MOST = 500

interface Choice {
  step: Step
  name: 'hold' | 'lift' | 'ask' | 'withdraw' | 'confirm'
  icon: IconNode
}

const HOLD: Choice = { step: 'held', name: 'hold', icon: Lock }
const LIFT: Choice = { step: 'lifted', name: 'lift', icon: LockOpen }
const ASK: Choice = { step: 'asked', name: 'ask', icon: Trash2 }
const WITHDRAW: Choice = { step: 'withdrawn', name: 'withdraw', icon: Undo2 }
const CONFIRM: Choice = { step: 'confirmed', name: 'confirm', icon: Trash2 }

/** What may be decided next. */
export function choicesOf(one: Kept): Choice[] {
  if (one.damaged || one.confirmed) return []
  if (one.hold) return one.asked ? [LIFT, WITHDRAW] : [LIFT]
  return one.asked ? [HOLD, WITHDRAW, CONFIRM] : [HOLD, ASK]
}

export function Keeping() {
  const loaded = useLoaded(keeping.decided, [], EVERY_MS)
  const [found, setFound] = useState<Kept | null>(null)
  const [deciding, setDeciding] = useState<{ one: Kept; choice: Choice } | null>(null)
  const decided = loaded.data ?? []
  const rows = [...(found ? [found] : []), ...decided.filter((one) => one.consultation !== found?.consultation)]
  return (
    <>
      <p class="quiet">{t('admin.keeping.help')}</p>
      <LookUp onFound={setFound} />
      <LoadState loaded={loaded} />
      {loaded.data && rows.length === 0 && <p class="quiet">{t('admin.keeping.none')}</p>}
      {rows.length > 0 && (
        <Table columns={[t('admin.keeping.consultation'), t('admin.keeping.state'), t('admin.accounts.actions')]}>
          {rows.map((one) => (
            <Row key={one.consultation} one={one} onChoose={(choice) => setDeciding({ one, choice })} />
          ))}
        </Table>
      )}
      {deciding && (
        <DecideDialog
          {...deciding}
          onClose={() => setDeciding(null)}
          onDone={(now) => {
            setDeciding(null)
            if (found?.consultation === now.consultation) setFound(now)
            loaded.reload()
          }}
        />
      )}
    </>
  )
}

function LookUp({ onFound }: { onFound: (one: Kept) => void }) {
  const [typed, setTyped] = useState('')
  const [problem, setProblem] = useState('')
  const look = useSending(async () => {
    const number = typed.trim().toLowerCase()
    setProblem(NUMBER.test(number) ? '' : t('admin.keeping.number_wrong'))
    if (!NUMBER.test(number)) return
    try {
      onFound(await keeping.look(number))
    } catch (error) {
      const unknown = error instanceof HttpFailed && error.status === 404
      setProblem(unknown ? t('admin.keeping.not_found') : problemWords(error))
    }
  })
  return (
    <form class="table-tools look-up" onSubmit={look.submit} noValidate>
      <Field words={t('admin.keeping.number')} problem={problem}>
        {(attributes) => (
          <input
            {...attributes}
            class="code"
            autocomplete="off"
            spellcheck={false}
            value={typed}
            onInput={(event) => setTyped(event.currentTarget.value)}
          />
        )}
      </Field>
      <Button type="submit" icon={Magnifier} busy={look.busy}>
        {t('admin.keeping.look')}
      </Button>
    </form>
  )
}

function Row({ one, onChoose }: { one: Kept; onChoose: (choice: Choice) => void }) {
  return (
    <tr>
      <th scope="row">
        {one.site} {one.requested_at > 0 && <span class="quiet">{dayTime(one.requested_at)}</span>}
        <small class="code block">{one.consultation}</small>
      </th>
      <td data-label={t('admin.keeping.state')}>
        <State one={one} />
      </td>
      <td>
        <div class="row-actions">
          {choicesOf(one).map((choice) => (
            <Button
              key={choice.name}
              tone={choice === CONFIRM ? 'danger' : 'quiet'}
              icon={choice.icon}
              label={t(`admin.keeping.${choice.name}_of`, { id: one.consultation })}
              onPress={() => onChoose(choice)}
            >
              {t(`admin.keeping.${choice.name}`)}
            </Button>
          ))}
        </div>
      </td>
    </tr>
  )
}

function State({ one }: { one: Kept }) {
  if (one.damaged) return <Strip quiet tone="bad" words={t('admin.keeping.damaged_help')} />
  const said: [string, string, Decision][] = []
  if (one.hold) said.push(['held', 'amber', one.hold])
  if (one.asked && !one.confirmed) said.push(['asked', 'amber', one.asked])
  if (one.confirmed) said.push([one.erased ? 'erased' : 'confirmed', 'danger', one.confirmed])
  return (
    <>
      {said.length === 0 && <span class="quiet">{t('admin.keeping.nothing')}</span>}
      {said.map(([name, tone, decision]) => (
        <p key={name} class="decided">
          <span class={`pill ${tone}`}>{t(`admin.keeping.${name}`)}</span> <span class="small">{words(decision)}</span>
          {name !== 'held' && name !== 'asked' && one.asked && <span class="small block">{words(one.asked)}</span>}
        </p>
      ))}
      {one.aged.map((kind) => (
        <p key={kind} class="quiet small">
          {t(`admin.keeping.aged.${kind}`)}
        </p>
      ))}
    </>
  )
}

function words({ account, name, why, t_unix_ms }: Decision): string {
  return t(account ? 'admin.keeping.by' : 'admin.keeping.by_time', { name, why, when: dayTime(t_unix_ms) })
}

interface DecideProps {
  one: Kept
  choice: Choice
  onClose: () => void
  onDone: (now: Kept) => void
}

function DecideDialog({ one, choice, onClose, onDone }: DecideProps) {
  const [why, setWhy] = useState('')
  const [missing, setMissing] = useState(false)
  const { step } = choice
  const sending = useSending(async () => {
    setMissing(!why.trim())
    if (!why.trim()) return
    const now = await keeping.decide(one.consultation, step, why.trim())
    tellDone(t(`admin.keeping.done.${step}`))
    onDone(now)
  })
  return (
    <Dialog title={t(`admin.keeping.title.${step}`)} onClose={onClose}>
      <form class="form" onSubmit={sending.submit} noValidate>
        <p>
          {one.site} {one.requested_at > 0 && dayTime(one.requested_at)}
          <small class="code block">{one.consultation}</small>
        </p>
        <p>{t(`admin.keeping.explain.${step}`)}</p>
        <Field
          words={t('admin.keeping.why')}
          help={t('admin.keeping.why_help')}
          problem={missing ? t('admin.problem.why_missing') : sending.problem}
        >
          {(attributes) => (
            <textarea
              {...attributes}
              data-first
              rows={2}
              maxLength={WHY_MOST}
              placeholder={t('admin.keeping.why_hint')}
              value={why}
              onInput={(event) => setWhy(event.currentTarget.value)}
            />
          )}
        </Field>
        <FormButtons
          busy={sending.busy}
          danger={step === 'confirmed'}
          words={t(`admin.keeping.do.${step}`)}
          onCancel={onClose}
        />
      </form>
    </Dialog>
  )
}
