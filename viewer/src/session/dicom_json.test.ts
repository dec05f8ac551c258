import { describe, expect, it } from 'vitest'

import { dateWords, items, meaning, number, personName, TAG, text, texts } from './dicom_json'

const dataset = {
  [TAG.PatientName]: { vr: 'PN', Value: [{ Alphabetic: 'Zhang^San', Ideographic: '张^三' }] },
  [TAG.Modality]: { vr: 'CS', Value: ['CT'] },
  [TAG.ModalitiesInStudy]: { vr: 'CS', Value: ['CT', 'SR', null] },
  [TAG.InstanceNumber]: { vr: 'IS', Value: ['7'] },
  [TAG.FailedSOPSequence]: { vr: 'SQ', Value: [{ [TAG.FailureReason]: { vr: 'US', Value: [49152] } }, null] },
}

describe('the DICOM JSON model', () => {
  it('is read as words, numbers and items', () => {
    expect(text(dataset, TAG.PatientName)).toBe('张三')
    expect(text(dataset, TAG.Modality)).toBe('CT')
    expect(texts(dataset, TAG.ModalitiesInStudy)).toEqual(['CT', 'SR'])
    expect(number(dataset, TAG.InstanceNumber)).toBe(7)
    expect(items(dataset, TAG.FailedSOPSequence)).toHaveLength(1)
  })

  it('is empty where nothing is', () => {
    expect(text(undefined, TAG.Modality)).toBe('')
    expect(text({ [TAG.Modality]: {} }, TAG.Modality)).toBe('')
    expect(number({ [TAG.InstanceNumber]: { Value: ['x'] } }, TAG.InstanceNumber, 3)).toBe(3)
    expect(meaning({}, TAG.FailedSOPSequence)).toBe('')
    expect(text({ [TAG.PatientName]: { Value: [null] } }, TAG.PatientName)).toBe('')
  })

  it('writes names and dates as people do', () => {
    expect(personName('Wang^XiaoDong=王^小东')).toBe('王小东')
    expect(personName('CompressedSamples^CT1')).toBe('CompressedSamples CT1')
    expect(personName('Buc^Jérôme^^Dr')).toBe('Buc Jérôme Dr')
    expect(personName('张^三')).toBe('张三')
    expect(personName('Li=^=')).toBe('Li')
    expect(personName('')).toBe('')
    expect(dateWords('20040119')).toBe('2004-01-19')
    expect(dateWords('')).toBe('')
  })
})
