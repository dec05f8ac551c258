"""The built browser app: `index.html` is asked for anew each time, assets carry a hash in their name and stay."""

from pathlib import Path

from aiohttp import web

STATIC = Path(__file__).parent / "static"
_IMMUTABLE = "public, max-age=31536000, immutable"
_REVALIDATE = "no-cache"

_MISSING = """<!doctype html><html lang="en"><meta charset="utf-8"><title>Sefaw RTC</title>
<h1>Sefaw RTC is running; its pages are not built yet</h1>
<p>In the repository, run <code>make setup</code> (or <code>npm ci &amp;&amp; npm run build</code> in
<code>viewer/</code>), then load this page again. Node 20 or newer is needed.</p>
<p lang="zh-CN">服务器已运行，但网页尚未构建。请在仓库中运行 <code>make setup</code>，然后刷新本页。</p>
</html>"""


async def index(_request: web.Request) -> web.StreamResponse:
    """The one page of the app."""
    page = STATIC / "index.html"
    if not page.is_file():
        return web.Response(text=_MISSING, content_type="text/html", status=503, headers={"Cache-Control": "no-store"})
    return web.FileResponse(page, headers={"Cache-Control": _REVALIDATE})


async def asset(request: web.Request) -> web.StreamResponse:
    """A file under `assets/`: its name changes with its content."""
    return _file(f"assets/{request.match_info['path']}", _IMMUTABLE)


def _file(name: str, cache: str) -> web.StreamResponse:
    path = (STATIC / name).resolve()
    if not path.is_relative_to(STATIC.resolve()) or not path.is_file():
        raise web.HTTPNotFound
    return web.FileResponse(path, headers={"Cache-Control": cache})
