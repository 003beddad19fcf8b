"""Makes input folders: events as the shipped jobs read them, and hostile ones."""

import os
from pathlib import Path

import duckdb

CATEGORIES = ["electronics", "books", "São Paulo", "빵과 커피", "it's \"q\"", "a/b", "k=v", "100%", "%2F", "..", "#?&+", " lead", "x" * 60]
TYPES = ["view", "view", "view", "click", "click", "search", "purchase", "add_to_cart"]


def literals(values):
    return "[" + ", ".join("NULL" if v is None else "'" + v.replace("'", "''") + "'" for v in values) + "]"


def connect():
    connection = duckdb.connect()
    connection.execute("SET threads = 2; SET TimeZone = 'UTC'")
    return connection


def copy(query, path, connection=None):
    """One Parquet file."""
    Path(path).parent.mkdir(parents=True, exist_ok=True)
    text = str(path).replace("'", "''")
    (connection or connect()).execute(f"COPY ({query}) TO '{text}' (FORMAT parquet)")
    return Path(path)


def events_query(rows, users=200, days=40, start="2023-12-20", nulls=True, categories=tuple(CATEGORIES), value=None, salt=0):
    """The same rows for the same arguments, on every machine. Values are cents, so sums have exact ties."""
    value = value or f"round(500 * pow((hash(i + {salt + 4}) % 100000) / 100000.0, 3), 2)"
    null = "hash(i + %d) %% %d = 0" if nulls else "false AND hash(i + %d) %% %d = 0"
    return f"""
    SELECT CASE WHEN {null % (salt + 8, 97)} THEN NULL
                ELSE 'user_' || lpad((hash(i + {salt}) % {users} * (hash(i + {salt + 1}) % {users}) // {users})::VARCHAR, 6, '0') END AS user_id,
           CASE WHEN {null % (salt + 7, 53)} THEN NULL ELSE {literals(TYPES)}[1 + (hash(i + {salt + 1}) % {len(TYPES)})::INT] END AS event_type,
           CASE WHEN {null % (salt + 3, 41)} THEN NULL ELSE {literals(categories)}[1 + (hash(i + {salt + 2}) % {len(categories)})::INT] END AS category,
           CASE WHEN {null % (salt + 9, 37)} THEN NULL ELSE {value} END::DOUBLE AS value,
           CASE WHEN {null % (salt + 5, 211)} THEN NULL ELSE ts END AS "timestamp",
           year(ts)::INT AS year, month(ts)::INT AS month, day(ts)::INT AS day
    FROM (SELECT i, TIMESTAMP '{start}' + to_milliseconds((hash(i + {salt + 6}) % {days * 86400000})::BIGINT) AS ts
          FROM range({rows}) t(i))"""


def events(folder, rows=20000, **options):
    """year=/month=/day= as the reference pipeline's input."""
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    text = str(folder).replace("'", "''")
    connect().execute(f"COPY (SELECT * FROM ({events_query(rows, **options)})) TO '{text}' "
                      "(FORMAT parquet, PARTITION_BY (year, month, day), OVERWRITE_OR_IGNORE)")
    return folder


# One row of every hostile kind of value; i runs over the rows of a file.
HOSTILE_TEXTS = [None, "", "plain", "São Paulo", "日本語", "a\u0301", "it's", '"double"', "a/b", "k=v", "100%", "%41", "new\nline", "tab\t", "\U0001f525",
                 "NULL", "__HIVE_DEFAULT_PARTITION__x", "1", "01", "true", "2024-01-01", "x" * 40, "x" * 39 + "y", "back\\slash", "$param", "-- no", ";"]
HOSTILE_DOUBLES = ["NULL", "0.0", "'-0.0'", "1.0", "-1.0", "0.1", "1e-300", "-2.5e15", "1e15", "3.3333333333333335", "123456789.125"]
SPECIAL_DOUBLES = ["'nan'", "'inf'", "'-inf'"]
HOSTILE_TIMES = ["NULL", "'1969-12-31 23:59:59.999999'", "'1970-01-01 00:00:00'", "'1969-12-31 00:00:00'", "'2024-02-29 14:59:59.999999'", "'2024-02-29 15:00:00'",
                 "'2024-03-10 23:59:59.999'", "'2024-03-11 00:00:00'", "'0001-01-01 00:00:00'", "'9999-12-31 23:59:59'", "'2024-12-31 23:30:00'", "'1582-10-10 12:00:00'"]

PARTITIONS = [None, "plain", "São Paulo", "it's \"q\"", "a/b", "k=v", "100%", "%2F", "日本", "x y", "+&?#"]


def hostile_query(rows, first=0, special=True):
    doubles = HOSTILE_DOUBLES + (SPECIAL_DOUBLES if special else [])
    pick = "[{}][1 + (hash(i + {}) % {})::INT]"
    double = pick.format(", ".join(f"CAST({d} AS DOUBLE)" for d in doubles), 3, len(doubles))
    time = pick.format(", ".join(f"CAST({t} AS TIMESTAMP)" for t in HOSTILE_TIMES), 4, len(HOSTILE_TIMES))
    return f"""
    SELECT i AS id,
           {literals(HOSTILE_TEXTS)}[1 + (hash(i + 1) % {len(HOSTILE_TEXTS)})::INT] AS k,
           {literals(['a', 'b', 'c', None])}[1 + (hash(i + 2) % 4)::INT] AS g,
           {double} AS v,
           ((hash(i + 5) % 2001)::BIGINT - 1000) / 8.0::DOUBLE AS w,
           CASE WHEN hash(i + 6) % 7 = 0 THEN NULL ELSE (hash(i + 6) % 100)::BIGINT * CASE WHEN i % 2 = 0 THEN 1 ELSE -1 END END AS n,
           ((hash(i + 7) % 100000)::BIGINT - 50000)::DECIMAL(18, 3) / 1000 AS d,
           (hash(i + 8) % 100)::TINYINT AS tiny, (hash(i + 9) % 30000)::SMALLINT AS small, (hash(i + 10) % 5)::INTEGER AS int4,
           (hash(i + 11) % 1000)::FLOAT / 8 AS f,
           {time} AS ts, CAST({time} AS TIMESTAMPTZ) AS tz, CAST({time} AS DATE) AS dt,
           CASE hash(i + 12) % 3 WHEN 0 THEN true WHEN 1 THEN false END AS b,
           encode('b' || i % 3) AS bin,
           [i % 3, NULL] AS l, {{'x': i % 2, 'y': 'it''s'}} AS s
    FROM (SELECT range + {first} AS i FROM range({rows}))"""


def encode(text):
    """A partition value as DuckDB and Spark write it into a folder name."""
    from urllib.parse import quote
    return "__HIVE_DEFAULT_PARTITION__" if text is None else quote(text, safe="")


def hostile(folder, rows=3000, special=True):
    """p=<hostile text>/q=<whole number, spelt with and without a leading zero>."""
    folder = Path(folder)
    connection = connect()
    each = max(1, rows // len(PARTITIONS))
    for at, value in enumerate(PARTITIONS):
        q = f"0{at % 3}" if at % 2 else f"{at % 3}"
        copy(hostile_query(each, at * each, special), folder / f"p={encode(value)}" / f"q={q}" / f"part-{at}.parquet", connection)
    return folder


def one_row(folder):
    copy(hostile_query(1, 5), Path(folder) / "p=plain" / "q=1" / "part.parquet")
    return Path(folder)


def empty(folder):
    """Files with no rows."""
    for at in (1, 2):
        copy(f"SELECT * FROM ({hostile_query(1)}) WHERE id < 0", Path(folder) / "p=plain" / f"q={at}" / "part.parquet")
    return Path(folder)


def files_below(folder):
    return sorted(str(p.relative_to(folder)) for p in Path(folder).rglob("*") if p.is_file())


def staging(output):
    """What stands in an output's _kindling beside the job log and the lock of gc and rollback: nothing, after a run.
    Not counted: the claim (an empty file "owner") of a run that was killed within the last minute while it made it."""
    root = Path(output) / "_kindling"
    if not root.exists():
        return []
    return sorted(str(p.relative_to(root)) for p in root.rglob("*") if p.relative_to(root).parts[0] not in ("log", "maintenance")
                  and not (p.relative_to(root).parts[0].startswith(".new-") and p.suffix != ".parquet"))


def write(path, text):
    Path(path).parent.mkdir(parents=True, exist_ok=True)
    Path(path).write_text(text, encoding="utf-8")
    return os.fspath(path)
