// The two languages. All words are in locales/; a component that calls t() is drawn again when the language changes.
import { signal } from '@preact/signals'
import i18next from 'i18next'

import en from './locales/en.json'
import zh from './locales/zh-CN.json'

export type Language = 'zh-CN' | 'en'
const KEPT_KEY = 'sefaw.language'

const learned = new Map<string, Record<Language, object>>()

export const language = signal<Language>('zh-CN')

/** What was chosen here before, else what the browser speaks, else Chinese. */
export function firstLanguage(kept: string | null, spoken: string): Language {
  if (kept === 'en' || kept === 'zh-CN') return kept
  return spoken.toLowerCase().startsWith('en') ? 'en' : 'zh-CN'
}

export async function startWords(): Promise<void> {
  language.value = firstLanguage(localStorage.getItem(KEPT_KEY), navigator.language)
  await i18next.init({
    lng: language.value,
    fallbackLng: 'en',
    resources: { en: { translation: en }, 'zh-CN': { translation: zh } },
    interpolation: { escapeValue: false }, // Preact escapes
  })
  for (const [name, words] of learned) know(name, words)
  document.documentElement.lang = language.value
}

export async function speak(chosen: Language): Promise<void> {
  localStorage.setItem(KEPT_KEY, chosen)
  await i18next.changeLanguage(chosen)
  document.documentElement.lang = chosen
  language.value = chosen
}

/** The words of a part that is loaded when it is needed: under its name, in both languages. */
export function learn(name: string, words: Record<Language, object>): void {
  learned.set(name, words)
  if (i18next.isInitialized) know(name, words)
}

function know(name: string, words: Record<Language, object>): void {
  for (const [spoken, tree] of Object.entries(words)) {
    i18next.addResourceBundle(spoken, 'translation', { [name]: tree }, true, true)
  }
}

export function t(key: string, values?: Record<string, string | number>): string {
  void language.value // subscribes the component that asks
  return i18next.t(key, values ?? {})
}

export function known(key: string): boolean {
  return i18next.exists(key)
}
