// Cornerstone and all it needs, as one part that is loaded when pictures are first looked at.
export * as engine from './engine'
export * as stack from './stack'
