"""Joins by a real browser: Chromium publishes by WHIP and watches by WHEP; how long until its first decoded frame?

Needs Playwright and a Chromium; without them the figure is left out, because everything else can still be measured.
"""

import sys
from typing import Final

from loadtest.pages import CHROMIUM, FLAGS
from loadtest.results import FirstFrames
from loadtest.server import Ready

JOINS: Final = 9
APART_MS: Final = 1600
_COMMON: Final = """
async function post(url, token, pc) {
  const answer = await fetch(url, {method: 'POST', body: pc.localDescription.sdp,
    headers: {'content-type': 'application/sdp', authorization: 'Bearer ' + token}});
  const text = await answer.text();
  if (answer.status !== 201) throw new Error(answer.status + ' ' + text);
  await pc.setRemoteDescription({type: 'answer', sdp: text});
  return new URL(answer.headers.get('location'), url).href;
}
"""

_PUBLISH: Final = (
    """async ({url, token}) => {"""
    + _COMMON
    + """
  const video = {width: 640, height: 480, frameRate: 30};
  const media = await navigator.mediaDevices.getUserMedia({audio: true, video});
  const pc = window.publisher = new RTCPeerConnection({bundlePolicy: 'max-bundle'});
  for (const track of media.getTracks()) pc.addTransceiver(track, {direction: 'sendonly', streams: [media]});
  await pc.setLocalDescription();
  await post(url, token, pc);
  while (pc.connectionState !== 'connected') await new Promise(done => setTimeout(done, 20));
}"""
)

_WATCH: Final = (
    """async ({url, token}) => {"""
    + _COMMON
    + """
  const video = document.createElement('video');
  video.muted = video.autoplay = true;
  document.body.append(video);
  const media = video.srcObject = new MediaStream();
  const began = performance.now();
  const pc = new RTCPeerConnection({bundlePolicy: 'max-bundle'});
  pc.ontrack = event => media.addTrack(event.track);
  pc.addTransceiver('audio', {direction: 'recvonly'});
  pc.addTransceiver('video', {direction: 'recvonly'});
  const first = new Promise((done, fail) => {
    video.requestVideoFrameCallback(() => done(performance.now() - began));
    setTimeout(() => fail(new Error('no frame within 10 s, ' + pc.connectionState)), 10000);
  });
  await pc.setLocalDescription();
  const resource = await post(url, token, pc);
  const took = await first;
  pc.close();
  video.remove();
  await fetch(resource, {method: 'DELETE', headers: {authorization: 'Bearer ' + token}});
  return took;
}"""
)


def first_frames(ready: Ready) -> FirstFrames | None:
    """Milliseconds of each join, ≥ 1.5 s apart and back to back."""
    try:
        from playwright.sync_api import sync_playwright  # noqa: PLC0415 - optional: see the module's docstring
    except ImportError:
        print("bench: Playwright is not installed, joins by Chromium are left out", file=sys.stderr)
        return None
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS.split())
        context = browser.new_context(bypass_csp=True)
        publisher, viewer = context.new_page(), context.new_page()
        for page in (publisher, viewer):
            page.goto(f"{ready.http}/healthz")
        publisher.evaluate(_PUBLISH, {"url": ready.whip, "token": ready.tokens["publisher"]})
        publisher.wait_for_timeout(APART_MS)
        where = {"url": ready.whep, "token": ready.tokens["viewer"]}
        viewer.evaluate(_WATCH, where)  # the first one also loads the decoder
        apart: list[float] = []
        for _ in range(JOINS):
            viewer.wait_for_timeout(APART_MS)
            apart.append(float(viewer.evaluate(_WATCH, where)))
        back_to_back = [float(viewer.evaluate(_WATCH, where)) for _ in range(JOINS)]
        version = browser.version
        browser.close()
    return FirstFrames(version, apart, back_to_back)
