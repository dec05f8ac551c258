// Looking at pictures together, on the call's page: loaded when there are pictures.
import type { ComponentChildren } from 'preact'

import { lazily } from '../kit/Lazy'

export const PicturesTop = lazily(() => import('../pictures/PicturesTop').then((part) => part.PicturesTop), TopFrame)
export const PicturesOnStage = lazily(
  () => import('../pictures/PictureStage').then((part) => part.PictureStage),
  StageFrame,
)

function TopFrame({ children }: { children: ComponentChildren }) {
  return <div class="lead-place">{children}</div>
}

function StageFrame({ children }: { children: ComponentChildren }) {
  return (
    <figure class="stage">
      <div class="stage-frame no-picture">{children}</div>
    </figure>
  )
}
