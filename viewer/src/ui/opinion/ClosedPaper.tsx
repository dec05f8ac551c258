// The paper of a consultation that is over, asked of the server; asked again whenever the lobby says that it changed.
import { useEffect, useState } from 'preact/hooks'

import { codeOf } from '../../app/opinion'
import { t } from '../../i18n'
import { summary } from '../../session/http'
import type { Summary } from '../../session/http'
import * as store from '../../session/store'
import type { ConsultationId } from '../../session/wire.gen'
import { Button } from '../kit/Button'
import { Strip } from '../kit/Strip'
import { noticeWords } from '../words'
import { closedCase } from './case'
import { Paper } from './Paper'

export interface Asked {
  told: Summary | null
  problem: string
  again: () => void
}

export function useSummary(consultation: ConsultationId): Asked {
  const [told, setTold] = useState<Summary | null>(null)
  const [problem, setProblem] = useState('')
  const brief = store.lobby.value?.consultations.find((one) => one.consultation === consultation)
  const news = brief && [brief.status, brief.opinions, brief.acknowledged].join(' ')
  const again = (): void => {
    summary(consultation).then(
      (found) => {
        setTold(found)
        setProblem('')
      },
      (error: unknown) => setProblem(codeOf(error)),
    )
  }
  useEffect(again, [consultation, news])
  return { told, problem, again }
}

export function ClosedPaper({ consultation }: { consultation: ConsultationId }) {
  const asked = useSummary(consultation)
  return <PaperOf asked={asked} />
}

export function PaperOf({ asked: { told, problem, again } }: { asked: Asked }) {
  return (
    <>
      {problem && (
        <Strip tone="warn" words={noticeWords(`error.${problem}`)} code={problem}>
          <Button onPress={again}>{t('strip.again')}</Button>
        </Strip>
      )}
      {told && <Paper of={closedCase(told)} onChanged={again} />}
    </>
  )
}
