"""src/parquet read back: files of its writer, by DuckDB, pyarrow and Polars, value by value, with types and statistics."""
import array
import datetime
import decimal
import math
import os
import pathlib
import random
import struct
import subprocess

import duckdb
import polars
import pyarrow
import pyarrow.parquet
import pytest

WRITER = os.environ.get("WRITE_PARQUET_BIN", "")
CODECS = ["none", "snappy", "zstd"]
EPOCH = datetime.date(1970, 1, 1)
MIDNIGHT = datetime.datetime(1970, 1, 1)
UTC = datetime.timezone.utc

# enum parquet_type, and how the values of each are packed (struct's letters), shown by readers, and what DuckDB calls it.
TYPES = {
    "bool": (0, "B", bool, "BOOLEAN"),
    "int8": (1, "b", int, "TINYINT"),
    "int16": (2, "h", int, "SMALLINT"),
    "int32": (3, "i", int, "INTEGER"),
    "int64": (4, "q", int, "BIGINT"),
    "float": (5, "f", float, "FLOAT"),
    "double": (6, "d", float, "DOUBLE"),
    "date": (7, "i", lambda v: EPOCH + datetime.timedelta(days=v), "DATE"),
    "timestamp": (8, "q", lambda v: MIDNIGHT + datetime.timedelta(microseconds=v), "TIMESTAMP"),
    "timestamp_utc": (9, "q", lambda v: (MIDNIGHT + datetime.timedelta(microseconds=v)).replace(tzinfo=UTC),
                      "TIMESTAMP WITH TIME ZONE"),
    "decimal16": (10, "h", None, "DECIMAL(4,2)"),
    "decimal32": (11, "i", None, "DECIMAL(9,3)"),
    "decimal64": (12, "q", None, "DECIMAL(18,0)"),
    "decimal128": (13, None, None, "DECIMAL(38,10)"),
    "string": (14, None, str, "VARCHAR"),
}
DECIMALS = {"decimal16": (4, 2), "decimal32": (9, 3), "decimal64": (18, 0), "decimal128": (38, 10)}
LIMITS = {
    "bool": (0, 1), "int8": (-128, 127), "int16": (-2**15, 2**15 - 1), "int32": (-2**31, 2**31 - 1),
    "int64": (-2**63, 2**63 - 1), "date": (-700000, 2900000), "timestamp": (-62135596800 * 10**6, 253402300799 * 10**6),
    "timestamp_utc": (-62135596800 * 10**6, 253402300799 * 10**6), "decimal16": (-9999, 9999),
    "decimal32": (-10**9 + 1, 10**9 - 1), "decimal64": (-10**18 + 1, 10**18 - 1), "decimal128": (-10**38 + 1, 10**38 - 1),
}


def pack(kind, values):
    """Values (None: NULL) as write_parquet takes them."""
    out = b"\0"
    if None in values:
        bits = sum(1 << i for i, v in enumerate(values) if v is not None)
        out = b"\1" + bits.to_bytes((len(values) + 63) // 64 * 8, "little")
    if kind == "string":
        texts = [("" if v is None else v).encode() for v in values]
        return out + b"".join(struct.pack("<I", len(t)) + t for t in texts)
    if kind == "decimal128":
        return out + b"".join((0 if v is None else v).to_bytes(16, "little", signed=True) for v in values)
    return out + array.array(TYPES[kind][1], [0 if v is None else v for v in values]).tobytes()


def write(folder, columns, groups, codec):
    """columns: name -> kind; groups: a list of name -> values. The path, and the statistics that were printed."""
    head = struct.pack("<I", len(columns))
    for name, kind in columns.items():
        precision, scale = DECIMALS.get(kind, (0, 0))
        head += struct.pack("4B", TYPES[kind][0], precision, scale, len(name.encode())) + name.encode()
    body = b""
    for group in groups:
        body += struct.pack("<I", len(next(iter(group.values()))))
        body += b"".join(pack(kind, group[name]) for name, kind in columns.items())
    source, path = folder / "source", folder / f"{codec}.parquet"
    source.write_bytes(head + body)
    path.unlink(missing_ok=True)
    told = subprocess.run([WRITER, source, path, codec], check=True, capture_output=True, text=True).stdout
    return path, [line.split("\t") for line in told.splitlines()]


def shown(kind, values):
    if kind in DECIMALS:
        scale = DECIMALS[kind][1]
        with decimal.localcontext() as context:
            context.prec = 60
            return [None if v is None else decimal.Decimal(v).scaleb(-scale) for v in values]
    return [None if v is None else TYPES[kind][2](v) for v in values]


def same(got, wanted):
    if isinstance(wanted, float):
        return isinstance(got, float) and struct.pack("d", got) == struct.pack("d", wanted)
    return got == wanted and (got is None) == (wanted is None)


def assert_same(reader, name, got, wanted):
    assert len(got) == len(wanted), (reader, name)
    for row, (g, w) in enumerate(zip(got, wanted)):
        assert same(g, w), (reader, name, row, g, w)


def read_duckdb(path, columns):
    con = duckdb.connect()
    con.execute("set timezone = 'UTC'")
    types = dict(con.execute(f"select column_name, column_type from (describe from '{path}')").fetchall())
    assert types == {name: TYPES[kind][3] for name, kind in columns.items()}
    rows = con.execute(f"from '{path}'").fetchall()
    return {name: [row[i] for row in rows] for i, name in enumerate(columns)}


def read_pyarrow(path, columns):
    return {name: c.to_pylist() for name, c in zip(columns, pyarrow.parquet.read_table(path).columns)}


def read_polars(path, columns):
    table = polars.read_parquet(path)
    return {name: table[name].to_list() for name in columns}


READERS = {"duckdb": read_duckdb, "pyarrow": read_pyarrow, "polars": read_polars}


def check_statistics(path, kind, index, groups, name):
    file = pyarrow.parquet.ParquetFile(path).metadata
    for part, group in enumerate(groups):
        values = [v for v in group[name] if v is not None]
        statistics = file.row_group(part).column(index).statistics
        assert statistics.null_count == len(group[name]) - len(values)
        is_told = bool(values)
        if kind == "string" and values:
            is_told = max(len(min(v.encode() for v in values)), len(max(v.encode() for v in values))) <= 64
        if kind in ("float", "double"):
            is_told = is_told and not any(math.isnan(v) for v in values)
        assert statistics.has_min_max == is_told, (name, part)
        if is_told and kind == "string":
            assert statistics.min == min(values, key=str.encode)
            assert statistics.max == max(values, key=str.encode)
        elif is_told:
            wanted = shown(kind, [min(values), max(values)])
            if kind in ("float", "double"):
                assert statistics.min == wanted[0] and statistics.max == wanted[1]
                assert wanted[0] != 0 or math.copysign(1, statistics.min) == -1
                assert wanted[1] != 0 or math.copysign(1, statistics.max) == 1
            else:
                assert [statistics.min, statistics.max] == wanted, (name, part)


def check(folder, columns, groups, codecs=CODECS):
    for codec in codecs:
        path, _ = write(folder, columns, groups, codec)
        for reader, read in READERS.items():
            got = read(path, columns)
            for name, kind in columns.items():
                wanted = [v for group in groups for v in shown(kind, group[name])]
                assert_same(f"{reader} {codec}", name, got[name], wanted)
        for index, (name, kind) in enumerate(columns.items()):
            check_statistics(path, kind, index, groups, name)


def float32(value):
    return struct.unpack("f", struct.pack("f", value))[0]


def value_of(kind, dice, spread):
    """spread: how many different values there are, about."""
    if kind == "string":
        number = dice.randrange(spread)
        lengths = [0, 1, 3, 4, 5, 11, 12, 13, 15, 16, 17, 31, 32, 33, 70]
        return (f"{number:x}é" * 40)[: lengths[number % len(lengths)]]
    if kind == "double":
        return dice.choice([0.0, -0.0, 1e300, -5e-324, math.inf, -math.inf]) if dice.random() < 0.02 \
            else dice.randrange(spread) / 7
    if kind == "float":
        return float32(dice.randrange(spread) / 8)
    low, high = LIMITS[kind]
    if dice.random() < 0.02:
        return dice.choice([low, high])
    return max(low, min(high, dice.randrange(spread) * 37 - spread))


def column_of(kind, dice, rows):
    spread = dice.choice([1, 2, 3, 7, 40, 1000, 10**6])
    nulls = dice.choice([0, 0, 0.01, 0.5, 0.99, 1])
    values = [value_of(kind, dice, spread) for _ in range(rows)]
    if dice.random() < 0.4:
        values.sort()
    start = dice.randrange(rows) if dice.random() < 0.3 else 0  # NULLs only from here on: long runs of levels
    return [None if i >= start and dice.random() < nulls else v for i, v in enumerate(values)]


@pytest.mark.parametrize("seed", range(24))
def test_random_columns(tmp_path, seed):
    dice = random.Random(seed)
    columns = {kind: kind for kind in TYPES}
    columns["with 'quotes' \"and\" é"] = "string"
    sizes = [dice.choice([1, 7, 8, 9, 63, 64, 65, 200, 1023, 5000]) for _ in range(dice.choice([1, 1, 3]))]
    groups = [{name: column_of(kind, dice, rows) for name, kind in columns.items()} for rows in sizes]
    check(tmp_path, columns, groups, codecs=[CODECS[seed % 3]])


def kinds_of(kind, distinct, rows):
    """So many different values, none twice in a row."""
    values = [(i * 7919) % distinct for i in range(rows)]
    if kind == "string":
        return [f"text number {v:04}" for v in values]
    return [float(v) if kind in ("float", "double") else v - 100 for v in values]


@pytest.mark.parametrize("kind", [kind for kind in TYPES if kind != "bool"])
def test_every_bit_width(tmp_path, kind):
    """Dictionaries of every width, and groups of 8 with a rest."""
    most = 200 if kind in ("int8", "decimal16") else 3000
    counts = [n for n in (1, 2, 3, 4, 5, 8, 9, 16, 17, 33, 65, 129, 256, 257, 513, 1025, 2049) if n <= most]
    group = {f"of {n}": kinds_of(kind, n, 5003) for n in counts}
    columns = {name: kind for name in group}
    path, _ = write(tmp_path, columns, [group], "snappy")
    file = pyarrow.parquet.ParquetFile(path).metadata
    for index, n in enumerate(counts):
        chunk = file.row_group(0).column(index)
        assert ("RLE_DICTIONARY" in chunk.encodings) == chunk.has_dictionary_page
        assert chunk.has_dictionary_page or n > 257, (kind, n)
    check(tmp_path, columns, [group], codecs=["snappy"])


def test_pages_beyond_a_mebibyte(tmp_path):
    dice = random.Random(7)
    rows = 200_000
    columns = {"integer": "int64", "text": "string", "few": "int32", "holes": "double"}
    group = {
        "integer": [dice.getrandbits(63) for _ in range(rows)],
        "text": [f"user_{dice.getrandbits(50):015}" for _ in range(rows)],
        "few": [dice.randrange(70000) % (1 + i // 5) for i in range(rows)],
        "holes": [None if dice.random() < 0.3 else dice.random() for _ in range(rows)],
    }
    check(tmp_path, columns, [group], codecs=["snappy", "zstd"])
    path, _ = write(tmp_path, columns, [group], "snappy")
    assert duckdb.sql(f"select count(*) from '{path}' where integer < 0").fetchone() == (0,)
    wanted = sum(text.startswith("user_0") for text in group["text"])
    assert duckdb.sql(f"select count(*) from '{path}' where text between 'user_0' and 'user_0~'").fetchone() == (wanted,)


def test_runs(tmp_path):
    """Long runs, short ones, and both next to packed codes."""
    dice = random.Random(3)
    values = []
    while len(values) < 50_000:
        values += [dice.randrange(5)] * dice.choice([1, 2, 15, 16, 17, 23, 24, 100, 999])
    columns = {"i": "int64", "s": "string"}
    check(tmp_path, columns, [{"i": values, "s": [f"kind {v}" for v in values]}])


def test_long_texts(tmp_path):
    texts = ["x" * length for length in (0, 64, 65, 5000, 3_000_000, 1)] * 3 + [None]
    check(tmp_path, {"s": "string"}, [{"s": texts}, {"s": ["a", "z" * 64]}])


def test_constant_and_null_columns(tmp_path):
    rows = 100_000
    columns = {"one": "int64", "text": "string", "none": "double", "nothing": "string", "wide": "decimal128"}
    group = {"one": [17] * rows, "text": ["a text that is long"] * rows, "none": [None] * rows, "nothing": [None] * rows,
             "wide": [-10**37] * rows}
    check(tmp_path, columns, [group])
    path, _ = write(tmp_path, columns, [group], "snappy")
    assert path.stat().st_size < 3000


def test_not_a_number(tmp_path):
    nan = math.nan
    columns = {"a": "double", "b": "double", "c": "float"}
    groups = [{"a": [nan, 1.0, None], "b": [nan] * 3, "c": [1.5, nan, -0.0]}, {"a": [0.0] * 3, "b": [-0.0] * 3, "c": [2.0] * 3}]
    path, told = write(tmp_path, columns, groups, "snappy")
    assert told == [["1", "1", "0", "1"], ["0", "1", "0", "0"], ["0", "1", "0", "2"]]
    for index, (name, kind) in enumerate(columns.items()):
        check_statistics(path, kind, index, groups, name)
    got = pyarrow.parquet.read_table(path).to_pydict()
    assert math.isnan(got["a"][0]) and got["a"][1:3] == [1.0, None] and all(math.isnan(v) for v in got["b"][:3])


def test_statistics_of_the_writer(tmp_path):
    columns = {"i": "int32", "d": "decimal128", "s": "string", "b": "bool", "n": "int64"}
    groups = [{"i": [5, None, -3], "d": [1, -1, None], "s": ["é", "", "b" * 100], "b": [1, 1, 1], "n": [None] * 3},
              {"i": [9], "d": [2**70], "s": ["zz"], "b": [0], "n": [None]}]
    _, told = write(tmp_path, columns, groups, "zstd")
    assert told[0] == ["1", "0", "-3", "9"]
    assert told[1] == ["1", "0", "f" * 32, f"{2**70:032x}"]
    assert told[2] == ["0", "0", "'", "'" + "é".encode().hex()]
    assert told[3] == ["0", "0", "0", "1"]
    assert told[4] == ["4", "0", "unknown", "unknown"]


def test_a_file_that_exists_is_left_alone(tmp_path):
    path, _ = write(tmp_path, {"i": "int32"}, [{"i": [1]}], "none")
    before = path.read_bytes()
    again = subprocess.run([WRITER, tmp_path / "source", path, "none"], capture_output=True, text=True)
    assert again.returncode == 1 and "exists" in again.stderr and path.read_bytes() == before


def test_format_of_the_footer(tmp_path):
    path, _ = write(tmp_path, {"t": "timestamp", "u": "timestamp_utc", "s": "string", "b": "int8"},
                    [{"t": [0], "u": [0], "s": ["x"], "b": [1]}], "snappy")
    schema = pyarrow.parquet.ParquetFile(path).schema
    assert [schema.column(i).logical_type.type for i in range(4)] == ["TIMESTAMP", "TIMESTAMP", "STRING", "INT"]
    assert [str(t) for t in pyarrow.parquet.read_schema(path).types] == \
        ["timestamp[us]", "timestamp[us, tz=UTC]", "string", "int8"]
    assert all(pyarrow.parquet.read_schema(path).field(i).nullable for i in range(4))
