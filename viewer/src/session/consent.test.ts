import { describe, expect, it } from 'vitest'

import { consentOf, EMPTY_CONSENT, lacking } from './consent'

const blob = new Blob(['x'])

describe('a consent being written down', () => {
  it('says what it lacks, the first thing first', () => {
    expect(lacking(EMPTY_CONSENT)).toBe('clip')
    expect(lacking({ ...EMPTY_CONSENT, how: 'signed' })).toBe('form')
    expect(lacking({ ...EMPTY_CONSENT, how: 'witnessed', witness: ' ' })).toBe('witness')
    expect(lacking({ ...EMPTY_CONSENT, giver: 'guardian', proof: blob })).toBe('giver')
    expect(lacking({ ...EMPTY_CONSENT, proof: blob })).toBeNull()
    expect(lacking({ ...EMPTY_CONSENT, how: 'witnessed', witness: 'Sun' })).toBeNull()
  })

  it('is sent with what belongs to its kind and nothing else', () => {
    const draft = { ...EMPTY_CONSENT, giverName: 'not asked', witness: 'not asked', teaching: true }
    expect(consentOf(draft, 'k', 'ab', 1000)).toEqual({
      key: 'k',
      how: 'spoken',
      giver: 'patient',
      uses: ['care', 'quality', 'teaching'],
      giver_name: '',
      witness: '',
      proof: 'ab',
      until: 0,
    })
    const told = consentOf({ ...draft, how: 'witnessed', giver: 'guardian', quality: false, years: 3 }, 'k', 'ab', 0)
    expect(told).toMatchObject({ proof: '', witness: 'not asked', giver_name: 'not asked', uses: ['care', 'teaching'] })
    expect(told.until).toBe(94_672_800_000)
  })
})
