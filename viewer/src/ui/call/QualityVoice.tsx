// Says to screen readers when somebody's line turns poor and when it is good again. Draws nothing.
import { useEffect, useRef } from 'preact/hooks'

import { announce } from '../../app/tell'
import { t } from '../../i18n'
import { down, up, worst } from '../../session/quality'
import type { View } from '../../session/view'
import type { ParticipantId } from '../../session/wire.gen'

export function QualityVoice({ view }: { view: View }) {
  const poor = useRef(new Set<ParticipantId>())
  useEffect(() => {
    for (const { participant, person } of view.state.participants) {
      const quality = view.quality.get(participant)
      const grade = worst(up(quality), down(quality))
      const was = poor.current.has(participant)
      if (grade === 'poor' && !was) {
        poor.current.add(participant)
        announce(t('quality.poor_now', { name: person.name }))
      } else if (grade === 'good' && was) {
        poor.current.delete(participant)
        announce(t('quality.good_again', { name: person.name }))
      }
    }
  }, [view.quality])
  return null
}
