"""Files as people have them: each is read as the JSON beside it says."""

from pathlib import Path

import pytest

from tests.bot.domain.lists.corpus import FILES, as_json, expected


def test_the_corpus_is_there():
    assert len(FILES) >= 40


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_a_file_is_read_as_expected(path: Path):
    assert as_json(path) == expected(path)


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_no_secret_comes_back(path: Path):
    rows = expected(path).get("rows", [])
    cells = {cell for row in rows for cell in row.get("cells", ())}

    assert not cells & {row.get("password") for row in rows}
    assert "1234-5678-9012-3456" not in cells  # the activation code of odd-header-forms.csv
