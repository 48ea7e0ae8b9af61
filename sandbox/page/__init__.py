"""The chat page: static files, and two scripts from node_modules.

Every file is listed by name, so no request can leave the folder, and the page can only load what
this site serves.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path

from aiohttp import web

PAGE_DIR = Path(__file__).parent / "static"

VENDOR_MISSING = (
    "The script that shows cards is not installed: "
    "run `make node_modules` (or `npm ci`), then load this page again."
)

# The card renderer sets styles through the DOM, which 'self' allows; inline styles are refused.
SECURITY_HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; "
        "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-cache",
}

HTML = "text/html; charset=utf-8"
STYLE = "text/css; charset=utf-8"
SCRIPT = "text/javascript; charset=utf-8"
IMAGE = "image/svg+xml"

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


@dataclass(frozen=True)
class Asset:
    """One served file: its URL path, its path in the folder, and its content type."""

    url: str
    file: str
    content_type: str


PAGE_FILES = (
    Asset("/", "index.html", HTML),
    Asset("/icon.svg", "icon.svg", IMAGE),
    Asset("/base.css", "base.css", STYLE),
    Asset("/card.css", "card.css", STYLE),
    Asset("/narrow.css", "narrow.css", STYLE),
    Asset("/panel.css", "panel.css", STYLE),
    Asset("/phones.css", "phones.css", STYLE),
    Asset("/sheet.css", "sheet.css", STYLE),
    Asset("/shell.css", "shell.css", STYLE),
    Asset("/talk.css", "talk.css", STYLE),
    Asset("/address.js", "address.js", SCRIPT),
    Asset("/api.js", "api.js", SCRIPT),
    Asset("/attachment.js", "attachment.js", SCRIPT),
    Asset("/banner.js", "banner.js", SCRIPT),
    Asset("/calls.js", "calls.js", SCRIPT),
    Asset("/card.js", "card.js", SCRIPT),
    Asset("/code128.js", "code128.js", SCRIPT),
    Asset("/composer.js", "composer.js", SCRIPT),
    Asset("/conversation.js", "conversation.js", SCRIPT),
    Asset("/dect.js", "dect.js", SCRIPT),
    Asset("/dom.js", "dom.js", SCRIPT),
    Asset("/editing.js", "editing.js", SCRIPT),
    Asset("/files.js", "files.js", SCRIPT),
    Asset("/hard.js", "hard.js", SCRIPT),
    Asset("/highlights.js", "highlights.js", SCRIPT),
    Asset("/hostconfig.js", "hostconfig.js", SCRIPT),
    Asset("/keypad.js", "keypad.js", SCRIPT),
    Asset("/label_panel.js", "label_panel.js", SCRIPT),
    Asset("/label_picture.js", "label_picture.js", SCRIPT),
    Asset("/labels.js", "labels.js", SCRIPT),
    Asset("/live.js", "live.js", SCRIPT),
    Asset("/main.js", "main.js", SCRIPT),
    Asset("/markup.js", "markup.js", SCRIPT),
    Asset("/message.js", "message.js", SCRIPT),
    Asset("/organization.js", "organization.js", SCRIPT),
    Asset("/pairing.js", "pairing.js", SCRIPT),
    Asset("/panel.js", "panel.js", SCRIPT),
    Asset("/phones.js", "phones.js", SCRIPT),
    Asset("/qr.js", "qr.js", SCRIPT),
    Asset("/rail.js", "rail.js", SCRIPT),
    Asset("/rows.js", "rows.js", SCRIPT),
    Asset("/side.js", "side.js", SCRIPT),
    Asset("/stage.js", "stage.js", SCRIPT),
    Asset("/state.js", "state.js", SCRIPT),
    Asset("/table.js", "table.js", SCRIPT),
    Asset("/tabs.js", "tabs.js", SCRIPT),
    Asset("/talk.js", "talk.js", SCRIPT),
    Asset("/threads.js", "threads.js", SCRIPT),
    Asset("/viewer.js", "viewer.js", SCRIPT),
    Asset("/viewport.js", "viewport.js", SCRIPT),
    Asset("/working.js", "working.js", SCRIPT),
)

VENDOR_FILES = (
    Asset("/vendor/adaptivecards.js", "adaptivecards/dist/adaptivecards.min.js", SCRIPT),
    Asset("/vendor/markdown-it.js", "markdown-it/dist/browser/markdown-it.umd.min.js", SCRIPT),
)


def page_routes(node_modules: Path) -> list[web.RouteDef]:
    """Return the GET routes of the page; without `node_modules` it shows what is missing."""
    return [
        *(web.get(asset.url, _serve(PAGE_DIR, asset)) for asset in PAGE_FILES),
        *(web.get(asset.url, _serve(node_modules, asset)) for asset in VENDOR_FILES),
    ]


def _serve(folder: Path, asset: Asset) -> Handler:
    path = folder / asset.file
    headers = {**SECURITY_HEADERS, "Content-Type": asset.content_type}

    async def handler(_request: web.Request) -> web.StreamResponse:
        # Checked on every request: the scripts can be installed while the sandbox runs.
        if not path.is_file():
            return web.Response(
                status=HTTPStatus.NOT_FOUND, text=VENDOR_MISSING, headers=SECURITY_HEADERS
            )
        return web.FileResponse(path, headers=headers)

    return handler
