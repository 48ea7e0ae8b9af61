"""Tells files that are no lists by their first bytes, with a sentence for each kind."""

import io
import zipfile
import zlib
from collections.abc import Collection

ADVICE = (
    "Nothing was changed. Please save the list as CSV or as an Excel workbook (.xlsx), and send"
    " that file."
)
OTHER_KIND = "The file is {kind}. I read lists as CSV or .xlsx only. {advice}"
EMPTY = "The file is empty. {advice}"
PROTECTED = (
    "The workbook is protected by a password, so I cannot open it. Nothing was changed. Please save"
    " it without the password, and send it again."
)
MACROS = (
    "The workbook has macros, so I did not open it. Nothing was changed. Please save it as .xlsx"
    " (Excel Workbook), and send that file."
)

_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_HEAD = 4096  # bytes in which a signature is looked for
_SIGNATURES = (
    (b"%PDF-", "a PDF"),
    (b"\x89PNG", "a picture"),
    (b"\xff\xd8\xff", "a picture"),
    (b"GIF87a", "a picture"),
    (b"GIF89a", "a picture"),
    (b"II*\x00", "a picture"),
    (b"MM\x00*", "a picture"),
    (b"BM", "a picture"),
    (b"{\\rtf", "a rich text document"),
    (b"\x1f\x8b\x08", "a compressed archive"),
    (b"BZh91AY", "a compressed archive"),
    (b"\xfd7zXZ\x00", "a compressed archive"),
    (b"7z\xbc\xaf\x27\x1c", "a compressed archive"),
    (b"Rar!\x1a", "a compressed archive"),
    (b"\x7fELF", "a program"),
    (b"MZ\x90", "a program"),
    (b"SQLite format 3", "a database"),
)
# Of text that begins with a tag.
_MARKUP = (
    (b"urn:schemas-microsoft-com:office:spreadsheet", "an old Excel file in XML"),
    (b"<html", "a web page, whatever its name says"),
    (b"<!doctype html", "a web page, whatever its name says"),
    (b"<table", "a web page, whatever its name says"),
    (b"<svg", "a picture"),
    (b"<?xml", "an XML file"),
)
# What `zipfile` raises for a damaged archive.
DAMAGE = (
    zipfile.BadZipFile, zlib.error, RuntimeError, ValueError, OSError,
    EOFError,
)  # fmt: skip
# What archives are, by the beginning of a name in them.
_ARCHIVES = (
    ("xl/workbook.bin", "a binary Excel workbook (.xlsb)"),
    ("Index/", "a Numbers document"),
    ("Index.zip", "a Numbers document"),
    ("word/", "a Word document"),
    ("ppt/", "a PowerPoint presentation"),
)
_DOCUMENTS = {
    b"application/vnd.oasis.opendocument.spreadsheet": "an OpenDocument spreadsheet (.ods)",
}


def other_kind(content: bytes) -> str:
    """The sentence for a file that is neither text nor an Excel workbook; empty for these two."""
    if not content.strip():
        return EMPTY.format(advice=ADVICE)
    if content.startswith(_OLE):
        return _ole(content)
    if content.startswith(b"PK\x05\x06"):
        return _sentence("an empty ZIP archive")
    if is_archive(content):
        return _archive(content)
    kind = _by_signature(content[:_HEAD])
    return _sentence(kind) if kind else ""


def is_archive(content: bytes) -> bool:
    """Whether it is a ZIP archive, as Excel workbooks are."""
    return content.startswith(b"PK\x03\x04")


def _sentence(kind: str) -> str:
    return OTHER_KIND.format(kind=kind, advice=ADVICE)


def _by_signature(head: bytes) -> str:
    for signature, kind in _SIGNATURES:
        # Two letters may begin a text; a picture has zeros.
        if head.startswith(signature) and (len(signature) > 2 or b"\x00" in head):
            return kind
    if b"\x00" in head and (head.startswith(b"RIFF") or head[4:8] == b"ftyp"):
        return "a picture or a video"
    text = head.removeprefix(b"\xef\xbb\xbf").lstrip().lower()
    if text.startswith(b"<"):
        return next((kind for sign, kind in _MARKUP if sign in text), "")
    return "a JSON file" if text.startswith((b'{"', b'[{"', b"{\n", b"[\n", b"{\r", b"[\r")) else ""


def _ole(content: bytes) -> str:
    """Old Office files, and new ones in an encrypted container; directory names are UTF-16."""
    if "EncryptedPackage".encode("utf-16-le") in content:
        return PROTECTED
    if any(name.encode("utf-16-le") in content for name in ("Workbook", "Book")):
        return _sentence("an old Excel workbook (.xls)")
    return _sentence("an old Office document")


def _archive(content: bytes) -> str:
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            names = archive.namelist()
            document = archive.read("mimetype")[:_HEAD] if _is_small(archive, "mimetype") else b""
    except DAMAGE:
        return ""  # the reader of workbooks says that it is damaged
    if document in _DOCUMENTS:
        return _sentence(_DOCUMENTS[document])
    if has_macros(names):
        return MACROS
    for beginning, kind in _ARCHIVES:
        if any(name.startswith(beginning) for name in names):
            return _sentence(kind)
    return (
        ""
        if any(name.lower().startswith("xl/") for name in names)
        else _sentence("a ZIP archive without an Excel workbook")
    )


def _is_small(archive: zipfile.ZipFile, name: str) -> bool:
    return name in archive.namelist() and archive.getinfo(name).file_size < _HEAD


def has_macros(names: Collection[str]) -> bool:
    """Whether an archive with these names has macros."""
    lower = [name.lower() for name in names]
    return any(name.endswith("vbaproject.bin") or "macrosheets/" in name for name in lower)
