// The words of the live picture come with it.
import { learn } from '../i18n'
import en from '../locales/live/en.json'
import zh from '../locales/live/zh-CN.json'

learn('live', { en, 'zh-CN': zh })
