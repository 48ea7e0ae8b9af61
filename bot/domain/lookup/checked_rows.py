"""A row of a list after its check."""

from dataclasses import dataclass

from bot.domain.lists.rows import ListRow
from bot.domain.plan import RowCheck


@dataclass(frozen=True, kw_only=True)
class CheckedRow:
    """A row with sentences about it; it is ready if it has no problems."""

    row: ListRow
    problems: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()

    @property
    def check(self) -> RowCheck | None:
        """What people must know of the row; None if that is nothing."""
        sentences = self.problems or self.warnings
        if not sentences:
            return None
        reason = " ".join(dict.fromkeys(sentences))
        return RowCheck(number=self.row.number, is_wrong=bool(self.problems), reason=reason)
