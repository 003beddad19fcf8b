"""Parquet files of src/parquet, and what readers should show of them: values at random, packed for tests/tools/write_parquet.c."""
import array
import datetime
import decimal
import math
import os
import struct
import subprocess

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
