// Draws a sheet of ECG paper into a canvas: grid, calibration pulses, names, traces.
import { MARGIN_MM, samplesOf } from './paper'
import type { Paper, Sheet, Strip } from './paper'
import type { Recording } from './waveform'

/** As ECG paper is: a light ground under a reddish grid, and a black trace. */
const GROUND = '#fffaf9'
const FINE = '#f6d5d3'
const COARSE = '#e5a3a0'
const INK = '#111417'
const NAME_MM = 3.6

export interface Drawing {
  recording: Recording
  paper: Paper
  sheet: Sheet
  /** Device pixels a millimetre. */
  scale: number
}

export function draw(context: CanvasRenderingContext2D, drawing: Drawing): void {
  const { sheet, scale } = drawing
  context.setTransform(scale, 0, 0, scale, 0, 0)
  context.fillStyle = GROUND
  context.fillRect(0, 0, sheet.width, sheet.height)
  grid(context, sheet, 1, FINE, 1 / scale)
  grid(context, sheet, 5, COARSE, Math.max(1 / scale, 0.12))
  context.strokeStyle = INK
  context.fillStyle = INK
  context.lineWidth = Math.max(1.2 / scale, 0.25)
  context.lineJoin = 'round'
  for (const y of sheet.pulses) pulse(context, y, drawing.paper)
  for (const strip of sheet.strips) trace(context, strip, drawing)
}

function grid(context: CanvasRenderingContext2D, sheet: Sheet, step: number, colour: string, width: number): void {
  context.beginPath()
  for (let x = 0; x <= sheet.width; x += step) {
    context.moveTo(x, 0)
    context.lineTo(x, sheet.height)
  }
  for (let y = 0; y <= sheet.height; y += step) {
    context.moveTo(0, y)
    context.lineTo(sheet.width, y)
  }
  context.strokeStyle = colour
  context.lineWidth = width
  context.stroke()
}

/** 1 mV for 0.2 s: whoever looks can check both scales. */
function pulse(context: CanvasRenderingContext2D, y: number, { speed, gain }: Paper): void {
  const long = Math.min(0.2 * speed, MARGIN_MM - 3)
  context.beginPath()
  context.moveTo(1, y)
  context.lineTo(1.5, y)
  context.lineTo(1.5, y - gain)
  context.lineTo(1.5 + long, y - gain)
  context.lineTo(1.5 + long, y)
  context.lineTo(2 + long, y)
  context.stroke()
}

/** Where there are more samples than pixels each pixel column gets its lowest and highest: no peak is lost. */
function trace(context: CanvasRenderingContext2D, strip: Strip, { recording, paper, scale }: Drawing): void {
  const lead = recording.leads[strip.lead]
  if (!lead) return
  const { first, last } = samplesOf(strip, recording.rateHz, lead.mv.length)
  const mmPerSample = paper.speed / recording.rateHz
  const step = Math.max(1, Math.floor(1 / (mmPerSample * scale)))
  const y = (mv: number): number => strip.y - mv * paper.gain
  context.beginPath()
  for (let n = first; n < last; n += step) {
    const x = strip.x + (n - first) * mmPerSample
    const { low, high } = span(lead.mv, n, Math.min(last, n + step))
    if (n === first) context.moveTo(x, y(high))
    else context.lineTo(x, y(high))
    if (high !== low) context.lineTo(x, y(low))
  }
  context.stroke()
  context.font = `600 ${NAME_MM}px system-ui, sans-serif`
  context.fillText(lead.name, strip.x + 1, strip.y - Math.min(10, paper.gain) - 1)
}

function span(mv: Float32Array, from: number, to: number): { low: number; high: number } {
  let low = mv[from] ?? 0
  let high = low
  for (let n = from + 1; n < to; n++) {
    const value = mv[n] ?? 0
    if (value < low) low = value
    if (value > high) high = value
  }
  return { low, high }
}
