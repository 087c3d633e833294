"""Tables as lines of CSV in the published form: quotes only where a value needs them.

Arrow's own writer quotes all text, and pandas takes many times as long.
"""

import pyarrow as pa
import pyarrow.compute as pc

SPECIAL = r'[",\r\n]'


def csv_lines(table: pa.Table, *, header: bool) -> bytes:
    """Return the rows of a table without missing values, with or without the names on top."""
    cells = [_cells(column.combine_chunks()) for column in table.columns]
    cells[-1] = pc.binary_join_element_wise(cells[-1], "\n", "")
    lines = pc.binary_join_element_wise(*cells, ",")
    names = ",".join(table.column_names) + "\n" if header else ""
    whole = pc.binary_join(pa.ListArray.from_arrays([0, len(lines)], lines), "")
    body: bytes = whole[0].as_buffer().to_pybytes()
    return names.encode() + body


def _cells(values: pa.Array) -> pa.Array:
    """Write each different value once; most repeat."""
    if not pa.types.is_string(values.type):
        return values.cast(pa.string())
    coded = values.dictionary_encode()
    quoted = pc.binary_join_element_wise(
        '"', pc.replace_substring(coded.dictionary, '"', '""'), '"', ""
    )
    needed = pc.match_substring_regex(coded.dictionary, SPECIAL)
    return pc.if_else(needed, quoted, coded.dictionary).take(coded.indices)
