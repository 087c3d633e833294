"""The guard that keeps a spreadsheet from running a cell of text as a formula.

Spreadsheets run text that starts with ``=``, ``+``, ``-``, ``@`` or their full-width forms, a
tab or a line end. OWASP advises a leading apostrophe (https://owasp.org/www-community/attacks/CSV_Injection).
Text that already has apostrophes before such a character gets one more, so that taking one
away gives back every text exactly. Numbers and dates are never touched.
"""

import re
from typing import TypeVar

import pyarrow as pa
from pyarrow import compute as pc

DANGEROUS = "[=+\\-@\\t\\r\\n\uff1d\uff0b\uff0d\uff20]"
TO_GUARD = f"^('*{DANGEROUS})"
GUARDED = f"^'('*{DANGEROUS})"

Text = TypeVar("Text", pa.Array, pa.ChunkedArray)


def guard(values: Text) -> Text:
    """Put an apostrophe before text that a spreadsheet would run."""
    return pc.replace_substring_regex(values, TO_GUARD, r"'\1", max_replacements=1)


def unguard(values: Text) -> Text:
    """Take away the apostrophe that ``guard`` put."""
    if not pc.any(pc.starts_with(values, "'")).as_py():
        return values
    return pc.replace_substring_regex(values, GUARDED, r"\1", max_replacements=1)


def guard_name(name: str) -> str:
    """Guard a column name, which is a cell as well."""
    return re.sub(TO_GUARD, r"'\1", name)


def unguard_name(name: str) -> str:
    """Take away the apostrophe that ``guard_name`` put."""
    return re.sub(GUARDED, r"\1", name)
