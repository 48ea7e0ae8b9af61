"""Tells the kind of a picture by its first bytes, as its name and its type may lie. Pure."""

JPEG, PNG, WEBP, HEIC = "JPEG", "PNG", "WEBP", "HEIF"  # as Pillow calls them

_HEIC_BRANDS = frozenset({b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1"})
_FTYP_LENGTH = 64  # bytes in which the brands stand


def picture_kind(content: bytes) -> str:
    """JPEG, PNG, WEBP or HEIF; empty for everything else."""
    if content.startswith(b"\xff\xd8\xff"):
        return JPEG
    if content.startswith(b"\x89PNG\r\n\x1a\n"):
        return PNG
    if content.startswith(b"RIFF") and content[8:12] == b"WEBP":
        return WEBP
    return HEIC if _is_heic(content[:_FTYP_LENGTH]) else ""


def _is_heic(head: bytes) -> bool:
    """Whether it is an ISO file with a still picture in HEVC; an AVIF is none."""
    length = min(int.from_bytes(head[:4]), len(head))
    brands = {head[8:12], *(head[start : start + 4] for start in range(16, length, 4))}
    return head[4:8] == b"ftyp" and b"avif" not in brands and not brands.isdisjoint(_HEIC_BRANDS)
