"""What `make docs` needs besides mkdocs: pages and files that live outside of docs/.

README, changelog and the like stay where people look for them; here they become pages, and
the links from and to them follow. A link to any other file of the repository brings that file
along.
"""

import logging
import posixpath
import re
from pathlib import Path

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File, Files
from mkdocs.structure.pages import Page

log = logging.getLogger("mkdocs.hooks")

ROOT = Path(__file__).parents[1]
PAGES = {
    "README.md": "readme.md",
    "CHANGELOG.md": "changelog.md",
    "CONTRIBUTING.md": "contributing.md",
    "SECURITY.md": "security-policy.md",
    "bench/results.md": "bench.md",
}
# The search needs it where a page is opened as a file. The theme would fetch it from the Internet.
SHIM_URL = "https://unpkg.com/iframe-worker/shim"
SHIM = "assets/javascripts/iframe-worker.js"
SHIM_SOURCE = ROOT / "node_modules" / "iframe-worker" / "shim" / "index.js"
LINK = re.compile(r"""(\]\(|\b(?:src|href)=")([^)"#:\s]+)([)"#])""")


def on_files(files: Files, *, config: MkDocsConfig) -> Files:
    """Add the pages, and the files that any page links to outside of docs/."""
    texts = {page: (ROOT / page).read_text("utf-8") for page in PAGES}
    texts |= {f"docs/{one.src_uri}": one.content_string for one in files.documentation_pages()}
    for source, page in PAGES.items():
        content = moved(texts[source], source, page)
        files.append(File.generated(config, page, content=content))
    if SHIM_SOURCE.is_file():
        files.append(File.generated(config, SHIM, abs_src_path=str(SHIM_SOURCE)))
    else:
        log.warning("%s is missing: run `make node_modules`", SHIM_SOURCE.relative_to(ROOT))
    for path in sorted({path for source, text in texts.items() for path in outside(text, source)}):
        files.append(File.generated(config, f"files/{path}", abs_src_path=str(ROOT / path)))
    return files


def on_page_markdown(markdown: str, *, page: Page, **_: object) -> str:
    """Links that leave docs/ lead to where these things are on the site."""
    own = page.file.src_uri
    return markdown if own in PAGES.values() else moved(markdown, f"docs/{own}", own)


def on_post_page(output: str, *, page: Page, **_: object) -> str:
    """The shim comes from the site itself."""
    return output.replace(SHIM_URL, posixpath.relpath(SHIM, posixpath.dirname(page.url) or "."))


def on_post_template(output: str, **_: object) -> str:
    """The page for what does not exist is a template, and works on a web server only."""
    return output.replace(SHIM_URL, f"/{SHIM}")


def moved(markdown: str, source: str, page: str) -> str:
    """The text of `source`, a path in the repository, as the text of a page of the site."""

    def link(found: re.Match[str]) -> str:
        target = _place(posixpath.normpath(posixpath.join(posixpath.dirname(source), found[2])))
        return found[1] + posixpath.relpath(target, posixpath.dirname(page) or ".") + found[3]

    return LINK.sub(link, markdown)


def outside(markdown: str, source: str) -> set[str]:
    """The files outside of docs/ that a text links to."""
    folder = posixpath.dirname(source)
    named = {
        posixpath.normpath(posixpath.join(folder, found[2])) for found in LINK.finditer(markdown)
    }
    return {
        path
        for path in named
        if not path.startswith("docs/") and path not in PAGES and (ROOT / path).is_file()
    }


def _place(path: str) -> str:
    """Where on the site a path of the repository is; what is not there is left to fail."""
    if path in PAGES:
        return PAGES[path]
    if path.startswith("docs/"):
        return path.removeprefix("docs/")
    return f"files/{path}"
