// Everybody's own colour, the same on every machine: tokens.css has them, `--mark-1` to `--mark-8`.
export const MARK_COLOURS = 8

/** The custom property of a participant's colour. */
export function colourName(participant: number): string {
  return `--mark-${((Math.max(1, participant) - 1) % MARK_COLOURS) + 1}`
}

/** The colour itself, as the page's style has it: canvases do not know custom properties. */
export function colourOf(participant: number): string {
  return getComputedStyle(document.documentElement).getPropertyValue(colourName(participant)).trim()
}
