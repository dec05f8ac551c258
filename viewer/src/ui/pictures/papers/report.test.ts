import { expect, it } from 'vitest'

import { reportOf } from './report'

const code = (meaning: string, value = 'x'): object => ({
  Value: [{ '00080104': { Value: [meaning] }, '00080100': { Value: [value] } }],
})
const item = (type: string, name: string, more: object = {}): object => ({
  '0040A040': { Value: [type] },
  '0040A043': code(name),
  ...more,
})

it('reads the content tree: text, codes, numbers with their unit, times, people, headings', () => {
  const measured = { Value: [{ '0040A30A': { Value: [12.5] }, '004008EA': code('millimetre', 'mm') }] }
  const ratio = { Value: [{ '0040A30A': { Value: ['0.6'] }, '004008EA': code('no units', '1') }] }
  const inside = [
    item('NUM', 'Diameter', { '0040A300': measured }),
    item('NUM', 'Ratio', { '0040A300': ratio }),
    item('CODE', 'Finding', { '0040A168': code('Mass') }),
    item('IMAGE', 'Source'),
  ]
  const report = reportOf({
    ...item('CONTAINER', 'Ultrasound report'),
    '0040A491': { Value: ['PARTIAL'] },
    '0040A493': { Value: ['VERIFIED'] },
    '0040A073': { Value: [{ '0040A075': { Value: [{ Alphabetic: 'Li^Mei' }] } }] },
    '0040A730': {
      Value: [
        item('TEXT', 'History', { '0040A160': { Value: ['Pain'] } }),
        item('DATETIME', 'Begun', { '0040A120': { Value: ['20261125221500'] } }),
        item('PNAME', 'Seen by', { '0040A123': { Value: [{ Alphabetic: 'Wang^Jun' }] } }),
        item('CONTAINER', 'Findings', { '0040A730': { Value: inside } }),
      ],
    },
  } as never)
  expect(report).toMatchObject({ title: 'Ultrasound report', verified: true, complete: false, verifiers: ['Li Mei'] })
  expect(report.lines.map((line) => line.value)).toEqual(['Pain', '2026-11-25 22:15', 'Wang Jun', ''])
  const [findings] = report.lines.filter((line) => line.heading)
  expect(findings?.below.map((line) => line.value)).toEqual(['12.5 mm', '0.6', 'Mass', ''])
  expect(findings?.below[3]?.picture).toBe(true)
})

it('ends where a file was made to be deep, and is empty where nothing is', () => {
  let deep: object = item('CONTAINER', 'end')
  for (let n = 0; n < 500; n++) deep = item('CONTAINER', String(n), { '0040A730': { Value: [deep] } })
  let depth = 0
  for (let lines = reportOf(deep as never).lines; lines[0]; lines = lines[0].below) depth++
  expect(depth).toBe(33)
  expect(reportOf({}).lines).toEqual([])
})
