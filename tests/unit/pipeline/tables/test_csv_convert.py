"""CSV files of every kind: what is accepted and what it becomes, what is refused and why."""

import datetime as dt
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from pipeline.errors import DataError
from pipeline.tables.csv_convert import CsvInfo, csv_to_parquet
from pipeline.tables.schema import Role, Schema

REAL = Path(__file__).parents[5] / "shared" / "data" / "traffic_accidents_real_1000.csv"
HEADER = "a,b,c,d\n"
ROWS = "".join(f"{i},k{i % 3},{i / 2},2023-01-{i % 28 + 1:02d}\n" for i in range(30))
PAD = "x" * 40
MANY = 20_000
"""Padded rows, so many that what comes after them is not among those first looked at."""
GROUPS = 200_000
"""Rows that fill more than one row group."""


def converted(folder: Path, content: str | bytes) -> tuple[CsvInfo, pa.Table]:
    """Convert ``content`` and read the result back."""
    source, target = folder / "in.csv", folder / "out.parquet"
    source.write_bytes(content if isinstance(content, bytes) else content.encode())
    return csv_to_parquet(source, target), pq.read_table(target)


def types_of(table: pa.Table) -> list[str]:
    """Name the column types."""
    return [str(kind) for kind in table.schema.types]


REFUSED = {
    "no bytes": (b"", "the file is empty: it must hold a line of column names"),
    "blank": (b"\xef\xbb\xbf\n \n", "the file is empty"),
    "header only": (b"a,b,c\n", r"column names \(3\) and no rows"),
    "header without a line end": (b"a,b,c", r"column names \(3\) and no rows"),
    "one row": (b"a,b\n1,2\n", "the file has 1 row: at least 2 are needed"),
    "workbook": (b"PK\x03\x04rest", "looks like an Excel workbook or zip archive.*save the sheet"),
    "parquet": (b"PAR1rest", "looks like a Parquet file"),
    "json": (b'{"a": 1}', "looks like JSON"),
    "zero byte": (b"a,b\n1,\x002\n", r"binary data \(a zero byte at position 7\)"),
    "broken utf-16": (b"\xff\xfea\x00\n\x00\x00\xd8\n\x00", "not valid UTF-16.*save the file as"),
    "short row": (
        HEADER + ROWS + "1,2\n" + ROWS,
        "line 32 has 2 fields, expected 4.*add the missing fields",
    ),
    "long row": (
        HEADER + ROWS + "1,2,3,4,5\n",
        "line 32 has 5 fields, expected 4.*put quotes",
    ),
    "short row after a field of two lines": (
        HEADER + '1,"x\ny",1,2023-01-01\n\n7\n',
        "line 5 has 1 field, expected 4",
    ),
    "open quote": (HEADER + ROWS + '1,"k,2,3\n' + ROWS, "line 32: a quote is opened and never"),
    "open quote in the last field": (
        HEADER + ROWS + '1,k,2,"2023\n' + ROWS,
        "line 32: a quote is opened and never closed",
    ),
    "open quote in the names": (
        'a,"b\n' + f"1,{PAD}\n" * MANY,
        "line 1: a quote is opened and never closed",
    ),
    "huge row": ("a,b\n1,2\n2," + "x" * 5_000_000 + "\n", "line 3 starts a row of 5,000,001 char"),
    "equal names": (b"a,b,a\n1,2,3\n4,5,6\n", "columns 1 and 3 have the same name 'a'"),
    "names that differ in case": (b"a,b,A\n1,2,3\n4,5,6\n", "the same name 'a', 'A'"),
    "blank names": (b",b, \n1,2,3\n4,5,6\n", "columns 1, 3 of 3 without a name"),
    "numbers for names": (b"1,2\n3,4\n5,6\n", "first line looks like data.*add a line of column"),
    "a moment for a name": (
        b"7/29/2023 13:00,X\n7/30/2023 13:00,Y\n8/1/2023 1:00,Z\n",
        "like data",
    ),
    "scored before": (b"a,severity\n1,2\n3,4\n", "was scored before: 'severity'.*upload the orig"),
    "empty column": (b"a,b\n1,\n2,NA\n3,null\n", "column 'b' has no value in any row"),
    "empty columns": (b"a,b,c\n1,,\n2,,\n", "columns 'b', 'c' have no value.*delete them"),
    "infinity": (
        HEADER + ROWS + "1,k1,-inf,2023-01-01\n",
        "line 32, column 'c': the value '-inf' is infinite: numbers must be finite",
    ),
    "number too large": (HEADER + ROWS + "1,k1,1e999,2023-01-01\n", "line 32.*'1e999' is infinite"),
    "text among numbers": (
        HEADER + ROWS + '\n5,"a\nb",1,2023-01-01\n\nabc,k1,1,2023-01-01\n',
        "line 36, column 'a': the text 'abc' stands in a column of numbers; write a number",
    ),
    "texts among numbers": (
        "a\n" + "1\n" * 40 + "x\ny\nz\n",
        r"line 42, column 'a': the text 'x'.*\(and 2 more such cells\)",
    ),
    "no such day": (
        HEADER + ROWS + "1,k1,1,2023-02-30\n",
        "line 32, column 'd': '2023-02-30' is no date like the others.*ISO 8601",
    ),
    "no such day of that month": (
        "d\n" + "1/31/2023 1:00\n" * 20 + "2/29/2023 1:00\n",
        "line 22, column 'd': '2/29/2023 1:00' is no date.*month/day/year hour:minute",
    ),
    "words among dates": (
        "d\n" + "29.07.2023\n" * 20 + "soon\n",
        "line 22, column 'd': 'soon' is no date.*day.month.year, such as 29.07.2023",
    ),
    "nothing a model could use": (
        "t\n" + "".join(f"remark {i}\n" for i in range(200)),
        "none of the columns 't' can be used",
    ),
    "late text among numbers": (
        "a,b\n" + "1,x\n" * GROUPS + "foo,y\n",
        rf"line {GROUPS + 2}, column 'a': the text 'foo'",
    ),
    "late infinity": (
        "a,b\n" + f"1.5,{PAD}\n" * MANY + "Infinity,y\n",
        rf"line {MANY + 2}, column 'a': the value 'Infinity' is infinite",
    ),
    "early text before many numbers": (
        "a,b\nx,y\n" + f"1,{PAD}\n" * MANY,
        "line 2, column 'a': the text 'x'",
    ),
    "late short row": (
        "a,b\n" + f"1,{PAD}\n" * MANY + "1\n",
        f"line {MANY + 2} has 1 field, expected 2",
    ),
}


@pytest.mark.parametrize(("content", "sentence"), REFUSED.values(), ids=REFUSED)
def test_bad_input_is_refused_with_its_sentence(
    tmp_path: Path, content: str | bytes, sentence: str
) -> None:
    """The message names what is wrong and where, and no file is left behind."""
    with pytest.raises(DataError, match=f"(?s){sentence}"):
        converted(tmp_path, content)
    assert [path.name for path in tmp_path.iterdir()] == ["in.csv"]


PLAIN = [0, 1, 2]
DIALECTS = {
    "comma": (HEADER + ROWS, ",", "utf-8"),
    "semicolon": ((HEADER + ROWS).replace(",", ";"), ";", "utf-8"),
    "tab": ((HEADER + ROWS).replace(",", "\t"), "\t", "utf-8"),
    "bar": ((HEADER + ROWS).replace(",", "|"), "|", "utf-8"),
    "byte order mark": (b"\xef\xbb\xbf" + (HEADER + ROWS).encode(), ",", "utf-8"),
    "utf-16": ((HEADER + ROWS).encode("utf-16"), ",", "utf-16"),
    "line ends of Windows": ((HEADER + ROWS).replace("\n", "\r\n"), ",", "utf-8"),
    "line ends of old": ((HEADER + ROWS).replace("\n", "\r"), ",", "utf-8"),
    "empty lines": ("\n\n" + HEADER + "\n" + ROWS + "\n\n\n", ",", "utf-8"),
    "no last line end": ((HEADER + ROWS).rstrip("\n"), ",", "utf-8"),
    "spaces around names": (" a , b,c ,d\n" + ROWS, ",", "utf-8"),
    "everything quoted": (
        "".join(
            ",".join(f'"{cell}"' for cell in line.split(",")) + "\n"
            for line in (HEADER + ROWS).splitlines()
        ),
        ",",
        "utf-8",
    ),
}


@pytest.mark.parametrize(("content", "delimiter", "encoding"), DIALECTS.values(), ids=DIALECTS)
def test_dialects_are_detected(
    tmp_path: Path, content: str | bytes, delimiter: str, encoding: str
) -> None:
    """However the same table is written, the same typed columns come out."""
    info, table = converted(tmp_path, content)
    assert (info.rows, info.columns) == (30, 4)
    assert (info.delimiter, info.encoding) == (delimiter, encoding)
    assert types_of(table) == ["int64", "string", "double", "timestamp[us]"]
    assert table.column_names == ["a", "b", "c", "d"]
    assert table.slice(3, 1).to_pylist() == [
        {"a": 3, "b": "k0", "c": 1.5, "d": dt.datetime(2023, 1, 4)}  # noqa: DTZ001 - as written
    ]


@pytest.mark.parametrize(
    ("content", "encoding"),
    [
        ("név,b\né € ü,1\nx,2\n".encode("cp1252"), "cp1252"),
        ("név,b\né\x81ü,1\nx,2\n".encode("latin-1"), "latin-1"),
        ("név,b\né語ü,1\nx,2\n".encode(), "utf-8"),
        (b"n\xc3\xa9v,b\n" + b"a,1\n" * 400_000 + b"\xe9,2\n", "cp1252"),
    ],
    ids=["cp1252", "latin-1", "utf-8", "one late byte that is not UTF-8"],
)
def test_encodings_are_detected_by_the_whole_file(
    tmp_path: Path, content: bytes, encoding: str
) -> None:
    """Accented text is read as written; one late byte decides as well as an early one."""
    info, table = converted(tmp_path, content)
    assert info.encoding == encoding
    assert table.column_names[0] == content.decode(encoding).split(",")[0]
    last = content.decode(encoding).splitlines()[1].split(",")[0]
    assert table.column(0)[0].as_py() == last


DATES = {
    "ISO 8601": [
        ("2023-07-29", "2023-07-29T00:00:00"),
        ("2023-07-29T13:05:01.250000", "2023-07-29T13:05:01.250000"),
    ],
    "ISO 8601 with time zone": [
        ("2023-07-29T13:00:00Z", "2023-07-29T13:00:00"),
        ("2023-07-29T13:00:00+02:00", "2023-07-29T11:00:00"),
    ],
    "%m/%d/%Y %H:%M": [
        ("7/29/2023 13:00", "2023-07-29T13:00:00"),
        ("11/3/2023 0:05", "2023-11-03T00:05:00"),
    ],
    "%m/%d/%Y %I:%M:%S %p": [
        ("07/29/2023 01:00:00 PM", "2023-07-29T13:00:00"),
        ("07/30/2023 12:05:09 AM", "2023-07-30T00:05:09"),
    ],
    "%d/%m/%Y": [("29/7/2023", "2023-07-29T00:00:00"), ("01/02/2023", "2023-02-01T00:00:00")],
    "%d.%m.%Y": [("29.07.2023", "2023-07-29T00:00:00"), ("1.2.2023", "2023-02-01T00:00:00")],
    "%d.%m.%Y %H:%M:%S": [
        ("29.07.2023 13:00:59", "2023-07-29T13:00:59"),
        ("1.2.2023 1:00:00", "2023-02-01T01:00:00"),
    ],
    "%d-%m-%Y": [("29-07-2023", "2023-07-29T00:00:00"), ("01-02-2023", "2023-02-01T00:00:00")],
    "%Y/%m/%d": [("2023/07/29", "2023-07-29T00:00:00"), ("2023/2/1", "2023-02-01T00:00:00")],
    "%m/%d/%y": [("7/29/23", "2023-07-29T00:00:00"), ("2/1/99", "1999-02-01T00:00:00")],
    "%d-%b-%Y": [("29-Jul-2023", "2023-07-29T00:00:00"), ("1-feb-2023", "2023-02-01T00:00:00")],
    "%b %d, %Y": [
        ("Jul 29, 2023", "2023-07-29T00:00:00"),
        ("February 1, 2023", "2023-02-01T00:00:00"),
    ],
}


@pytest.mark.parametrize(("name", "values"), DATES.items(), ids=DATES)
def test_dates_have_one_format_per_column(
    tmp_path: Path, name: str, values: list[tuple[str, str]]
) -> None:
    """The format that fits every value is found, and the dates are those written."""
    rows = "".join(f'"{written}",{i}\n' for i, (written, _) in enumerate(values * 3))
    info, table = converted(tmp_path, "when,x\n" + rows)
    assert info.date_formats == {"when": name}
    parsed = [moment.isoformat() for moment in table.column("when").to_pylist()]
    assert parsed == [meant for _, meant in values] * 3


def test_an_ambiguous_date_is_read_by_the_rest_of_the_column(tmp_path: Path) -> None:
    """A single late day above twelve makes the whole column day-first."""
    info, table = converted(tmp_path, "d,x\n" + f"1/2/2023,{PAD}\n" * MANY + "13/1/2023,y\n")
    assert info.date_formats == {"d": "%d/%m/%Y"}
    assert table.column("d")[0].as_py() == dt.datetime(2023, 2, 1)  # noqa: DTZ001 - as written


LATE = {
    "a fraction": (f"1,{PAD}\n", "1.5,y\n", "double"),
    "a leading zero": (f"12345,{PAD}\n", "01234,y\n", "string"),
    "a leading zero after a sign": (f"12345,{PAD}\n", "-01234,y\n", "string"),
    "a leading zero after a space": (f"12345,{PAD}\n", " 01234,y\n", "string"),
    "twenty digits": (f"12345,{PAD}\n", "12345678901234567890,y\n", "string"),
    "a number after nothing": (f",{PAD}\n", "7,y\n", "int64"),
    "a word after nothing": (f",{PAD}\n", "w,y\n", "string"),
    "a date after nothing": (f",{PAD}\n", "2023-01-01,y\n", "timestamp[us]"),
}


@pytest.mark.parametrize(("early", "late", "kind"), LATE.values(), ids=LATE)
def test_the_whole_file_decides_the_types(tmp_path: Path, early: str, late: str, kind: str) -> None:
    """A value at the very end changes the column's type as one at the beginning does."""
    _, table = converted(tmp_path, "a,b\n" + early * MANY + late)
    _, turned = converted(tmp_path, "a,b\n" + late + early * MANY)
    assert types_of(table)[0] == types_of(turned)[0] == kind
    value = late.split(",", maxsplit=1)[0]
    assert str(table.column("a")[-1].as_py()).startswith(value)


def test_numbers_are_written_in_many_ways(tmp_path: Path) -> None:
    """Signs, exponents and spaces around are read; a column of whole numbers stays whole."""
    rows = " 5 ,+1.5,-0\n-12,2e3,9223372036854775807\n0,.5,-7\n"
    _, table = converted(tmp_path, "i,f,g\n" + rows)
    assert table.to_pydict() == {
        "i": [5, -12, 0],
        "f": [1.5, 2000.0, 0.5],
        "g": [0, 9223372036854775807, -7],
    }


def test_a_decimal_comma_is_read_where_semicolons_part_the_fields(tmp_path: Path) -> None:
    """Files of countries with a decimal comma keep their numbers."""
    info, table = converted(tmp_path, "x;y\n1,5;a\n-2,25;b\n3;c\n")
    assert info.decimal_point == ","
    assert table.column("x").to_pylist() == [1.5, -2.25, 3.0]


def test_a_thousands_point_beside_a_decimal_comma_is_no_number(tmp_path: Path) -> None:
    """``1.234`` could mean two numbers, so it is not read as one of them."""
    rows = "".join(f"{i},5;k\n" for i in range(20))
    with pytest.raises(DataError, match=r"line 22, column 'x': the text '1\.234'"):
        converted(tmp_path, "x;y\n" + rows + "1.234;k\n")


def test_codes_stay_text(tmp_path: Path) -> None:
    """Postal codes keep their leading zeros, long identifiers all of their digits."""
    rows = "".join(f"0{1000 + i},{10**24 + i % 3}\n" for i in range(20))
    _, table = converted(tmp_path, "postal,serial\n" + rows)
    assert table.column("postal")[0].as_py() == "01000"
    assert table.column("serial")[2].as_py() == str(10**24 + 2)


def test_missing_values_are_null(tmp_path: Path) -> None:
    """Empty cells and the usual words for nothing are null in columns of every type."""
    words = ["", "NA", "N/A", "null", "NaN", "None", "#N/A", '""', '"NA"']
    rows = "".join(f"{word},{word},{word}\n" for word in words)
    _, table = converted(tmp_path, "n,t,d\n1,a,2023-01-01\n2,b,2023-01-02\n" + rows)
    assert types_of(table) == ["int64", "string", "timestamp[us]"]
    assert [column.null_count for column in table.columns] == [len(words)] * 3


def test_quotes_newlines_and_names_of_any_kind_are_kept(tmp_path: Path) -> None:
    """Delimiters, quotes and line ends inside quotes are text; so are strange names."""
    long = "n" * 3_000
    content = f'"x, ""y""",{long},Größe 大\n"a\r\nb",1,"say ""hi"", now"\n c ,2,d\n'
    _, table = converted(tmp_path, content)
    assert table.column_names == ['x, "y"', long, "Größe 大"]
    assert table.column(0).to_pylist() == ["a\r\nb", " c "]
    assert table.column(2).to_pylist() == ['say "hi", now', "d"]


def test_a_single_column_needs_no_delimiter(tmp_path: Path) -> None:
    """One column of numbers is a data set."""
    info, table = converted(tmp_path, "x\n1\n2\n3\n")
    assert (info.columns, table.column("x").to_pylist()) == (1, [1, 2, 3])


@pytest.mark.parametrize(
    ("content", "roles"),
    [
        ("x,y\n" + "".join(f"{i},{i * 0.5}\n" for i in range(50)), {Role.NUMERIC}),
        ("p,q\n" + "".join(f"a{i % 4},b{i % 7}\n" for i in range(80)), {Role.CATEGORICAL}),
        ("p,x\n" + "".join(f"a{i % 4},{i}\n" for i in range(50)), {Role.CATEGORICAL, Role.NUMERIC}),
    ],
    ids=["numbers only", "categories only", "no date"],
)
def test_other_subjects_convert(tmp_path: Path, content: str, roles: set[Role]) -> None:
    """Nothing about the conversion knows of traffic."""
    _, table = converted(tmp_path, content)
    assert {column.role for column in Schema.infer(table).columns} == roles


def test_only_line_ends_part_rows(tmp_path: Path) -> None:
    """Separators that other programs take for line ends are part of the text."""
    _, table = converted(tmp_path, "t,n\na\u2028b\x0bc\x85,1\nd,2\n")
    assert table.column("t").to_pylist() == ["a\u2028b\x0bc\x85", "d"]


def test_a_quote_inside_plain_text_is_text(tmp_path: Path) -> None:
    """An inch mark does not open a quoted field."""
    _, table = converted(tmp_path, 'size,n\n5" pipe,1\n6" pipe,2\nx,3\n')
    assert table.column("size").to_pylist() == ['5" pipe', '6" pipe', "x"]


def test_a_file_that_ends_in_a_quoted_line_end_is_whole(tmp_path: Path) -> None:
    """A closed quote around a line end is not taken for an open one."""
    _, table = converted(tmp_path, 'n,t\n1,a\n2,"\n"\n')
    assert table.column("t").to_pylist() == ["a", "\n"]


def test_progress_reaches_the_file_size(tmp_path: Path) -> None:
    """The last call tells that all bytes are done."""
    source, told = tmp_path / "in.csv", []
    source.write_text("a,b\n" + f"1,{PAD}\n" * MANY)
    csv_to_parquet(source, tmp_path / "out.parquet", lambda done, total: told.append((done, total)))
    assert told[-1] == (source.stat().st_size, source.stat().st_size)


def test_the_real_file_has_its_24_typed_columns(tmp_path: Path) -> None:
    """The published records, where they are at hand, become one date, 13 texts, 10 numbers."""
    content = REAL.read_bytes() if REAL.exists() else sample_bytes(tmp_path)
    info, table = converted(tmp_path, content)
    assert (info.rows, info.columns) == (1000, 24)
    assert info.date_formats == {"crash_date": "%m/%d/%Y %H:%M"}
    assert sorted(types_of(table)) == ["int64"] * 10 + ["string"] * 13 + ["timestamp[us]"]


def sample_bytes(folder: Path) -> bytes:
    """Generate as many records as the published file has."""
    from pipeline.sample.write import write_sample  # noqa: PLC0415 - only where the file is missing

    write_sample(folder / "sample.csv", rows=1000)
    return (folder / "sample.csv").read_bytes()
