// What Cornerstone asks of a picture, answered from our own reading of its metadata: one geometry for the View, for calipers
// and for whatever draws. The server's metadata describe the pixels as it serves them (colour is RGB, 8 bits).
import { planeOf } from './metadata'
import type { Dataset } from '../session/dicom_json'
import type { Instance } from './metadata'

/** One picture of a stack. */
export interface Shot {
  readonly instance: Instance
  readonly frame: number
}

type Module = Record<string, unknown>
type Answer = (shot: Shot) => Module

/** By the names of Cornerstone's MetadataModules. */
const ANSWERS: Readonly<Record<string, Answer>> = {
  imagePixelModule: ({ instance }) => pixels(instance.dataset),
  imagePlaneModule: plane,
  generalSeriesModule: ({ instance }) => ({ modality: plainModality(instance), seriesInstanceUID: instance.series }),
  generalImageModule: ({ instance }) => ({ sopInstanceUID: instance.instance, instanceNumber: instance.number }),
  sopCommonModule: ({ instance }) => ({ sopClassUID: instance.sopClass, sopInstanceUID: instance.instance }),
  modalityLutModule: () => ({}), // its values stay as they are stored: shading.ts
  voiLutModule: voi,
  calibrationModule: () => ({}),
  scalingModule: () => ({}),
}

/** Undefined: not our business. */
export function answer(type: string, shot: Shot): Module | undefined {
  return ANSWERS[type]?.(shot)
}

function pixels(dataset: Dataset): Module {
  const number = (tag: string): number => Number(dataset[tag]?.Value?.[0] ?? 0)
  return {
    samplesPerPixel: number('00280002') || 1,
    photometricInterpretation: String(dataset['00280004']?.Value?.[0] ?? 'MONOCHROME2'),
    planarConfiguration: number('00280006'),
    rows: number('00280010'),
    columns: number('00280011'),
    bitsAllocated: number('00280100') || 8,
    bitsStored: number('00280101') || number('00280100') || 8,
    highBit: number('00280102'),
    pixelRepresentation: number('00280103'),
  }
}

function plane({ instance, frame }: Shot): Module {
  const { geometry, frameOfReference } = instance
  const { origin, row, column } = planeOf(instance, frame)
  return {
    frameOfReferenceUID: frameOfReference,
    rows: geometry.rows,
    columns: geometry.columns,
    imageOrientationPatient: [...row, ...column],
    rowCosines: row,
    columnCosines: column,
    imagePositionPatient: origin,
    pixelSpacing: [geometry.sy, geometry.sx],
    rowPixelSpacing: geometry.sy,
    columnPixelSpacing: geometry.sx,
    usingDefaultValues: false,
  }
}

function voi({ instance }: Shot): Module {
  const first = instance.windows[0]?.greys
  return first ? { windowCenter: [first.centre], windowWidth: [first.width], voiLUTFunction: 'LINEAR' } : {}
}

/** Cornerstone scales PET and dose by itself where it hears of them; our values are the modality's, no more. */
function plainModality({ modality }: Instance): string {
  return modality === 'PT' || modality === 'RTDOSE' ? 'OT' : modality
}
