// The words of the replay come with it; those of recording and of the live picture are said here too.
import { known, learn, t } from '../i18n'
import liveEn from '../locales/live/en.json'
import liveZh from '../locales/live/zh-CN.json'
import recordingEn from '../locales/recording/en.json'
import recordingZh from '../locales/recording/zh-CN.json'
import en from '../locales/replay/en.json'
import zh from '../locales/replay/zh-CN.json'
import { duration, noticeWords } from '../ui/words'
import { isKnown } from './moments'
import { roleWords } from './nameless'
import type { Marker, Opened, Somebody } from './wire'

learn('replay', { en, 'zh-CN': zh })
learn('live', { en: liveEn, 'zh-CN': liveZh })
learn('recording', { en: recordingEn, 'zh-CN': recordingZh })

/** A time code: `1:05`. */
export function code(us: number): string {
  return duration(us / 1e6)
}

export function kindWords(kind: string): string {
  return t(isKnown(kind) ? `replay.moment.${kind}` : 'replay.moment.other')
}

/** Why something is missing. */
export function gapWords(reason: string): string {
  return known(`recording.gap.${reason}`) ? t(`recording.gap.${reason}`) : t('replay.gap_other')
}

export function nameOf({ role, name }: Somebody, { names }: Opened): string {
  return names ? name : roleWords(role, name)
}

/** What exactly: whose, which picture, and why. */
export function markerWords({ kind, data }: Marker, opened: Opened): string {
  const track = opened.tracks.find((one) => one.track === data['track'])
  const who = opened.people.find(({ peer }) => peer === (data['peer'] || track?.peer))
  const name = who ? nameOf(who, opened) : ''
  const purpose = kind === 'damaged' && track?.label ? t(`purpose.${track.label}`) : ''
  return [[name, purpose].filter(Boolean).join(' · '), whatWords(kind, data)].filter(Boolean).join(': ')
}

function whatWords(kind: string, data: Marker['data']): string {
  const { reason, cue, text } = data
  if (kind === 'gap' && reason) return gapWords(String(reason))
  if (cue && known(`live.cue.${cue}`)) return t(`live.cue.${cue}`)
  if (text) return String(text)
  return known(`replay.why.${reason}`) ? t(`replay.why.${reason}`) : ''
}

/** Why it cannot be watched, and what to do. */
export function problemWords(problem: string): string {
  return known(`replay.problem.${problem}`) ? t(`replay.problem.${problem}`) : noticeWords(`error.${problem}`)
}
