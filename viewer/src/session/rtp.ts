// RTP timestamps: 32 bits, 90,000 a second, wrapping every 13.3 hours (RFC 3550 5.1). Compared within half the circle.

/** How far `a` is after `b`, in ticks; negative = before it. */
export function ahead(a: number, b: number): number {
  return (a - b) | 0
}
