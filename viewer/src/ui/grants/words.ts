// The words of this part, which come with it; and how a grant is told.
import { learn, t } from '../../i18n'
import en from '../../locales/grants/en.json'
import zh from '../../locales/grants/zh-CN.json'
import { HttpFailed } from '../../session/http'
import type { Grant, GrantData } from '../../session/wire.gen'
import { noticeWords } from '../words'

learn('grants', { en, 'zh-CN': zh })

/** Who of whom: a person and their house, or everybody there. */
export function recipient({ name, site }: Pick<Grant, 'name' | 'site'>): string {
  return name ? `${name} · ${site}` : t('grants.everybody', { site })
}

export function parts(data: readonly GrantData[]): string {
  return data.map((part) => t(`grants.part.${part}`)).join(t('grants.comma'))
}

/** What is in the way, in words that say what to do. */
export function problemOf(error: unknown): string {
  return noticeWords(`error.${error instanceof HttpFailed ? error.code : 'internal'}`)
}
