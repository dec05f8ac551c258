// Watching a recorded consultation. Until it is there, and where it cannot be: in words why, and what to do.
import { ArrowLeft } from 'lucide'
import { useEffect } from 'preact/hooks'

import { t } from '../i18n'
import * as store from '../session/store'
import { Button } from '../ui/kit/Button'
import { useReplay } from './opening'
import { Playing } from './Playing'
import { problemWords } from './words'
import './replay.css'

const PASSES = ['not_ready']

export function ReplayPage() {
  const wanted = store.replayed.value
  return wanted && <Watched key={wanted.consultation} wanted={wanted} />
}

function Watched({ wanted }: { wanted: NonNullable<typeof store.replayed.value> }) {
  const { replay, problem, again } = useReplay(wanted.consultation, wanted.t)
  useEffect(() => replay?.jump(wanted.t), [wanted]) // another moment in the address, or the same again
  const cut = replay?.cut.value
  if (cut)
    return (
      <Plain title={t('replay.cut.title')} words={t(`replay.cut.${reasonOf(cut)}`)}>
        {PASSING_CUTS.includes(reasonOf(cut)) && <Again onPress={again} />}
      </Plain>
    )
  if (replay) return <Playing replay={replay} />
  if (!problem) return <Plain title={t('replay.opening')} words={t('replay.opening_help')} />
  const title = t(PASSES.includes(problem) ? 'replay.not_yet' : 'replay.cannot')
  return (
    <Plain title={title} words={problemWords(problem)} code={problem}>
      {!PASSES.includes(problem) && <Again onPress={again} />}
    </Plain>
  )
}

/** It goes on where it was cut. */
function Again({ onPress }: { onPress: () => void }) {
  return (
    <Button size="large" onPress={onPress}>
      {t('strip.again')}
    </Button>
  )
}

const REASONS = ['consent', 'grant', 'erased', 'account', 'stopping']
const PASSING_CUTS = ['stopping', 'other']

function reasonOf(reason: string): string {
  return REASONS.includes(reason) ? reason : 'other'
}

interface PlainProps {
  title: string
  words: string
  code?: string
  children?: preact.ComponentChildren
}

function Plain({ title, words, code, children }: PlainProps) {
  return (
    <main class="replay-plain">
      <div class="card words" role="alert">
        <h1>{title}</h1>
        <p>{words}</p>
        {code && <small class="code">{t('notice.code', { code })}</small>}
        <div class="replay-plain-actions">
          {children}
          <Button tone="primary" size="large" icon={ArrowLeft} autoFocus onPress={leave}>
            {t('replay.back')}
          </Button>
        </div>
      </div>
    </main>
  )
}

export function leave(): void {
  store.replayed.value = null
}
