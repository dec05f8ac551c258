// What each role's page offers. The server decides (`sefaw_rtc/access`); this only keeps useless buttons away.
import type { Role } from '../session/wire.gen'

export const mayCall = (role: Role): boolean => role === 'village_doctor'
export const mayAnswer = (role: Role): boolean => role === 'specialist'
export const mayGrant = (role: Role): boolean => role === 'village_doctor' || role === 'patient'
export const maySpeak = (role: Role): boolean => !['observer', 'reviewer', 'administrator'].includes(role)
export const mayWriteOpinion = (role: Role): boolean => role === 'specialist'
export const mayReview = (role: Role): boolean => role === 'reviewer'
/** Whose consultations are reviewed. */
export const hasResults = (role: Role): boolean => role === 'village_doctor' || role === 'specialist'
export const mayTakePart = (role: Role): boolean => !['reviewer', 'administrator'].includes(role)
export const mayExport = (role: Role): boolean => !['observer', 'administrator'].includes(role)
