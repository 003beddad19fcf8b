"""Holds published tables to the oracle: doubles within 1e-12 of the sum of absolute values, all else exactly."""

import math
from pathlib import Path

from kit import readers

TOLERANCE = 1e-12
STORED = {"HUGEINT": "BIGINT"}  # what is stored under another type than DuckDB's own


def stored(kind):
    return "VARCHAR" if kind.startswith("ENUM") else STORED.get(kind, kind)


def same(a, b, scale):
    if isinstance(a, float) and isinstance(b, float):
        if math.isnan(a) or math.isnan(b):
            return math.isnan(a) and math.isnan(b)
        if math.isinf(a) or math.isinf(b):
            return a == b
        return abs(a - b) <= TOLERANCE * max(abs(a), abs(b), scale)
    if isinstance(a, dict) and isinstance(b, dict):
        return a.keys() == b.keys() and all(same(a[k], b[k], scale) for k in a)
    if isinstance(a, (list, tuple)) and isinstance(b, (list, tuple)):
        return len(a) == len(b) and all(same(x, y, scale) for x, y in zip(a, b))
    return type(a) is type(b) and a == b or a == b


def assert_rows(name, names, ours, wanted, scale):
    assert len(ours) == len(wanted), f"{name}: {len(ours)} rows, DuckDB has {len(wanted)}"
    for at, (a, b) in enumerate(zip(ours, wanted)):
        if not all(same(x, y, scale) for x, y in zip(a, b)):
            columns = [f"{n}: {x!r}, DuckDB has {y!r}" for n, x, y in zip(names, a, b) if not same(x, y, scale)]
            raise AssertionError(f"{name}: row {at} {a!r}: " + "; ".join(columns))


def key(row):
    return tuple((cell is None, f"{cell:.6g}" if isinstance(cell, float) else repr(cell)) for cell in row)


def text(cell):
    """A partition value as the folder name spells it."""
    return None if cell is None else str(cell).lower() if isinstance(cell, bool) else str(cell)


def assert_output(folder, output, scale=0.0, all_readers=True):
    """folder: the table's folder. scale: the sum of absolute values where cells of either sign are added."""
    table = Path(folder) / output.name
    columns = [(n, stored(k)) for n, k in output.columns]
    assert readers.stored_types(table) == columns, output.name
    assert_file_order(table, output, columns, scale)
    if all_readers:
        assert_readers(table, output, columns)


def assert_file_order(table, output, columns, scale):
    inside = [i for i, (n, _) in enumerate(columns) if n not in output.partition_by]
    keys = [output.names.index(p) for p in output.partition_by]
    wanted = {}
    for row in output.rows:
        wanted.setdefault(tuple(text(row[k]) for k in keys), []).append(tuple(row[i] for i in inside))
    ours = readers.ordered_rows(table, columns, output.partition_by)
    assert set(ours) == set(wanted) or (not output.rows and not any(ours.values())), f"{output.name}: partitions {sorted(map(repr, ours))}"
    names = [columns[i][0] for i in inside]
    for partition, rows in wanted.items():
        mine = ours[partition]
        if not output.ordered:
            mine, rows = sorted(mine, key=key), sorted(rows, key=key)
        assert_rows(f"{output.name} {partition or ''}", names, mine, rows, scale)


def assert_readers(table, output, columns):
    """All readers see the same rows, bit for bit; plain ones have nothing to read where there is no file."""
    which = readers.READERS if readers.plain_files(table) else readers.DELTA_READERS
    seen = {name: readers.canonical(read(table), columns) for name, read in which.items()}
    first = seen["deltalake"]
    assert len(first) == len(output.rows)
    for name, rows in seen.items():
        assert rows == first, f"{output.name}: '{name}' differs from 'deltalake': {[x for x in zip(rows, first) if x[0] != x[1]][:2]} {len(rows)} {len(first)}"


def assert_script(outputs_folder, outputs, scale=0.0, all_readers=True):
    for output in outputs.values():
        assert_output(outputs_folder, output, scale, all_readers)


def contents(folder, names):
    """{table: sorted rows, doubles as bits}: for 'the same bit for bit'."""
    result = {}
    for name in names:
        table = Path(folder) / name
        result[name] = readers.canonical(readers.deltalake_reader(table), readers.stored_types(table))
    return result
