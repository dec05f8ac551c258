// A structured report (PS3.3 A.35, C.17.3) as text: its content tree, read down. Pure.
import { dateWords, items, meaning, personName, text } from '../../../session/dicom_json'
import type { Dataset } from '../../../session/dicom_json'

const VALUE_TYPE = '0040A040'
const CONCEPT_NAME = '0040A043'
const CONTENT = '0040A730'
const TEXT_VALUE = '0040A160'
const CONCEPT_CODE = '0040A168'
const MEASURED = '0040A300'
const NUMERIC = '0040A30A'
const UNITS = '004008EA'
const DATE_TIME = '0040A120'
const DATE = '0040A121'
const TIME = '0040A122'
const PERSON = '0040A123'
const COMPLETION = '0040A491'
const VERIFICATION = '0040A493'
const OBSERVERS = '0040A073'
const OBSERVER_NAME = '0040A075'
const DEEPEST = 32 // deeper than any template; a file made to be deep ends here

/** One line of the report, with what belongs below it. `picture`: it points at one. */
export interface Line {
  readonly name: string
  readonly value: string
  readonly heading: boolean
  readonly picture: boolean
  readonly below: readonly Line[]
}

export interface Report {
  readonly title: string
  readonly verified: boolean
  readonly complete: boolean
  readonly verifiers: readonly string[]
  readonly lines: readonly Line[]
}

export function reportOf(metadata: Dataset): Report {
  return {
    title: meaning(metadata, CONCEPT_NAME),
    verified: text(metadata, VERIFICATION) === 'VERIFIED',
    complete: text(metadata, COMPLETION) !== 'PARTIAL',
    verifiers: items(metadata, OBSERVERS)
      .map((one) => text(one, OBSERVER_NAME))
      .filter(Boolean),
    lines: linesOf(metadata, 0),
  }
}

function linesOf(item: Dataset, depth: number): Line[] {
  if (depth > DEEPEST) return []
  return items(item, CONTENT).map((one) => {
    const type = text(one, VALUE_TYPE)
    return {
      name: meaning(one, CONCEPT_NAME),
      value: valueOf(one, type),
      heading: type === 'CONTAINER',
      picture: type === 'IMAGE' || type === 'COMPOSITE',
      below: linesOf(one, depth + 1),
    }
  })
}

function valueOf(item: Dataset, type: string): string {
  switch (type) {
    case 'TEXT':
      return text(item, TEXT_VALUE)
    case 'CODE':
      return meaning(item, CONCEPT_CODE)
    case 'NUM':
      return measured(item)
    case 'DATE':
      return dateWords(text(item, DATE))
    case 'DATETIME':
      return timeWords(text(item, DATE_TIME))
    case 'TIME':
      return clockWords(text(item, TIME))
    case 'PNAME':
      return personName(text(item, PERSON))
    default:
      return ''
  }
}

/** Its unit as it is written in the report; `1` is no unit (UCUM). */
function measured(item: Dataset): string {
  const [value] = items(item, MEASURED)
  const [unit] = items(value, UNITS)
  const sign = text(unit, '00080100')
  return [text(value, NUMERIC), sign === '1' ? '' : sign].filter(Boolean).join(' ')
}

function timeWords(dt: string): string {
  return [dateWords(dt.slice(0, 8)), clockWords(dt.slice(8))].filter(Boolean).join(' ')
}

function clockWords(tm: string): string {
  const found = /^(\d{2})(\d{2})/.exec(tm)
  return found ? `${found[1]}:${found[2]}` : ''
}
