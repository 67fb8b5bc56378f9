"""Lists as CSV (RFC 4180) that a spreadsheet opens without running anything in it."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable, Iterator, Sequence

_FORMULA = re.compile(r"[\s']*[=+\-@\uff1d\uff0b\uff0d\uff20]|[\t\r\n]")


def cell(text: str) -> str:
    """A text as a cell that no spreadsheet takes for a formula: an apostrophe before it, as OWASP recommends.

    The writer puts quotation marks around cells and doubles those inside.
    """
    return f"'{text}" if _FORMULA.match(text) else text


def text_of_cell(cell_: str) -> str:
    """Takes away the apostrophe that `cell` put there."""
    return cell_[1:] if cell_.startswith("'") and _FORMULA.match(cell_[1:]) else cell_


class _Line:
    """What `csv.writer` writes to: hands each line back instead of keeping it."""

    def write(self, text: str) -> str:
        return text


def lines(header: Sequence[str], rows: Iterable[Sequence[str]], *, quotes_all: bool = False) -> Iterator[str]:
    """The list, a line at a time: of any length in little memory. Cells are as they stand: see `cell`."""
    writer = csv.writer(_Line(), quoting=csv.QUOTE_ALL if quotes_all else csv.QUOTE_MINIMAL)
    yield writer.writerow(header)
    for row in rows:
        yield writer.writerow(row)
