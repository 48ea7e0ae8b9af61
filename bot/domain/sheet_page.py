"""The frame of a page to print: on A4 or Letter, and readable on a phone. Pure."""

STYLE = """
@page { margin: 14mm; }
* { box-sizing: border-box; }
body { margin: 0 auto; padding: 4mm; max-width: 182mm; color: #000; background: #fff;
  font: 13pt/1.4 Helvetica, Arial, sans-serif; overflow-wrap: anywhere; }
h1 { margin: 0; font-size: 24pt; line-height: 1.2; }
.network { margin: 2mm 0; }
.note { margin: 3mm 0; padding: 2mm 3mm; border-left: 2mm solid #000; }
section { margin: 6mm 0; padding: 4mm 5mm; border: .6mm solid #000; border-radius: 2mm;
  break-inside: avoid; page-break-inside: avoid; }
h2 { margin: 0; font-size: 22pt; line-height: 1.2; }
dl { display: grid; grid-template-columns: max-content 1fr; gap: 1mm 5mm; margin: 3mm 0; }
dt { color: #444; } dd { margin: 0; font-weight: bold; }
dd.code { font: bold 26pt/1.1 "Courier New", monospace; letter-spacing: .12em; }
ol { margin: 3mm 0 0; padding-left: 7mm; }
@media (max-width: 480px) { body { padding: 3mm; } dl { grid-template-columns: 1fr; gap: 0; }
  dd { margin-bottom: 2mm; } }
@media print { body { padding: 0; max-width: none; } }
"""
# A browser that shows the page loads nothing and runs nothing, whatever is in it.
_ALLOWED = "default-src 'none'; style-src 'unsafe-inline'"


def html_page(title: str, body: str) -> str:
    """A page that needs nothing else. `title` and `body` are HTML: their texts are escaped."""
    return (
        '<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{_ALLOWED}">\n'
        f"<title>{title}</title>\n<style>{STYLE}</style>\n</head>\n"
        f"<body>\n{body}\n</body>\n</html>\n"
    )
