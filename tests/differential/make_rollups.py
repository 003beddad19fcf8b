"""Random rollups over random data for the kernel: SQL that makes the input, and scripts of many outputs over it, the same for the
same seed. Every output has a total order, so that results can be compared row by row."""

import dataclasses
import random
from dataclasses import dataclass, field

TEXTS = ["", "a", "b", "B", "Ä", "日本", "x y", "it''s", "abcdefghijkl", "abcdefghijklm", "abcdefgh", "aa", "x" * 40, "x" * 39 + "y", "NULL", "0"]
SPECIAL = ["'0.0'", "'-0.0'", "'1.5'", "'-1.5'", "'nan'", "'inf'", "'-inf'", "'1e-300'", "'5e-324'", "'123456.78'"]


@dataclass
class Column:
    name: str
    kind: str   # text, integer, number (doubles), special (doubles), decimal, date, time, boolean, other
    sql: str    # over row number i
    most: float = 0.0  # largest absolute value, of numbers
    cast: str = ""  # what it is stored as, where it cannot be stored as it is

    def stored(self, text):
        return f"CAST({text} AS {self.cast})" if self.cast else text


@dataclass
class Input:
    rows: int
    columns: list
    partitions: list = field(default_factory=list)  # (name, type)
    leads: list = field(default_factory=list)       # columns with few values that no folder tells
    statements: list = field(default_factory=list)  # SQL; {folder} is the input's folder
    types: str = ""
    joined: bool = False  # there is a second input, d

    def of(self, *kinds):
        return [c for c in self.columns if c.kind in kinds]


@dataclass
class Output:
    name: str
    query: str
    order: list         # SQL of its total order over its columns
    scales: dict        # column: tolerance's scale; absent: exact
    partition_by: list = field(default_factory=list)

    @property
    def statement(self):
        options = f", PARTITION_BY ({', '.join(self.partition_by)})" if self.partition_by else ""
        return f"COPY (\n  {self.query}\n) TO '{self.name}' (FORMAT parquet{options});"


def h(r):
    return f"hash(i + {r.randint(0, 9999)})"


def pick(r, values):
    return f"[{', '.join(values)}][1 + ({h(r)} % {len(values)})::INT]"


def number(r, distinct):
    """A number in [0, distinct): evenly spread, skewed, or mostly one."""
    form = r.choice(["even", "even", "skewed", "hot", "clustered"])
    if form == "even":
        return f"({h(r)} % {distinct})::BIGINT"
    if form == "skewed":
        return f"({h(r)} % {distinct} * ({h(r)} % {distinct}) // {distinct})::BIGINT"
    if form == "hot":
        return f"(CASE WHEN {h(r)} % 2 = 0 THEN 0 ELSE {h(r)} % {distinct} END)::BIGINT"
    return f"(i // {r.choice([10, 500])} % {distinct})::BIGINT"


def distinct(r, rows):
    return r.choice([1, 2, 7, 30, 300, 5000, max(rows, 1)])


def texts(r, rows):
    if r.random() < 0.3:
        return pick(r, [f"'{t}'" for t in r.sample(TEXTS, r.randint(1, len(TEXTS)))])
    value = number(r, distinct(r, rows))
    forms = ["'user_' || lpad({}::VARCHAR, 8, '0')", "'c' || {}", "'a long beginning that all of them share ' || {}", "repeat('ab', ({} % 40)::INT) || {}",
             "md5({}::VARCHAR)", "lpad({}::VARCHAR, 140, '-')", "lpad({}::VARCHAR, 260, '-')"]
    return r.choice(forms[:2] * 3 + forms).replace("{}", value)


def make_column(r, rows, kind, at):
    value = number(r, distinct(r, rows))
    name = f"{kind[0]}{at}"
    if kind == "text":
        return Column(name, kind, texts(r, rows))
    if kind == "integer":
        small = r.choice(["TINYINT", "UTINYINT"])
        form = r.choice([(f"({value} % 100 - {r.choice([0, 50])})::{small}" if small == "TINYINT" else f"({value} % 200)::{small}", 200),
                         (f"({value} % 30000 - 9000)::SMALLINT", 3e4), (f"({value} % 60000)::USMALLINT", 6e4), (f"({value} - 3)::INTEGER", 1e7),
                         (f"{value}::UINTEGER", 1e7), (f"{value} * {r.choice([1, -1, 9000000])}", 1e14), (f"({value} % 1000000)::UINTEGER * 1000", 1e10)])
        return Column(name, kind, form[0], form[1], "BIGINT" if "::U" in form[0] else "")
    if kind == "number":
        form = r.choice([(f"round(({h(r)} % 50000) / 100.0, 2)::DOUBLE", 500), (f"(({h(r)} % 2001)::BIGINT - 1000) / 7.0::DOUBLE", 150),
                         (f"(({h(r)} % 1000)::BIGINT - 300)::FLOAT / 8", 100), (f"({h(r)}::DOUBLE - 9e18) * 1e-10", 1e9)])
        return Column(name, kind, form[0], form[1])
    if kind == "special":
        return Column(name, kind, pick(r, [f"CAST({d} AS DOUBLE)" for d in r.sample(SPECIAL, r.randint(2, len(SPECIAL)))]), 123456.78)
    if kind == "decimal":
        form = r.choice([(4, 1, 900), (9, 2, 9e5), (18, 3, 9e9), (38, 4, 9e12), (38, 4, 9e6)])
        sql = f"(({value} % {int(form[2])})::BIGINT - {r.choice([0, 100])})::DECIMAL({form[0]},{form[1]})"
        if form[2] == 9e6:  # beyond 64 bits: the high words differ, or the low ones, or both; sums have 36 digits at most
            sql = r.choice([f"{sql} * 18446744073709551616", f"{sql} * 18446744073709551617", f"922337203685477.5807::DECIMAL(38,4) + {sql}"])
            sql = f"({sql})::DECIMAL(38,4)"
        return Column(name, kind, sql, form[2])
    if kind == "date":
        return Column(name, kind, f"DATE '1969-12-20' + ({value} % 5000)::INT")
    if kind == "time":
        zone = r.choice(["TIMESTAMP", "TIMESTAMP", "TIMESTAMPTZ"])
        return Column(name, kind, f"(TIMESTAMP '1969-12-30 12:00:00' + to_microseconds({value} * {r.choice([1, 1000003, 3600000000])}))::{zone}")
    if kind == "other":  # what the kernel does not hold
        return Column(name, kind, r.choice([f"[{value} % 3]", f"encode('b' || {value} % 9)"]))
    return Column(name, "boolean", f"({h(r)} % {r.choice([2, 3, 50])} = 0)")


KINDS = ["text", "text", "text", "integer", "integer", "integer", "number", "number", "special", "decimal", "date", "time", "boolean", "boolean"]


def make_leads(r, rows, columns):
    """Columns by which the kernel may find runs: rows in their order, or in any."""
    count = r.choice([2, 5, 5, 12, 40])
    value = f"(i * {count} // {rows})" if r.random() < 0.4 else f"({h(r)} % {count})"
    made = [Column("lead0", "date", f"DATE '2024-01-20' + ({value} % 7)::INT"), Column("lead1", "integer", f"nullif(({value} // 3)::INTEGER, {r.choice([1, 99])})", 3000),
            Column("lead2", "text", f"'town ' || {value} % 4")]
    made = r.sample(made, r.randint(1, 3))
    columns += made + [Column("big", "text", f"'id ' || ({h(r)} % {rows})")]
    return [c.name for c in made]


def make_input(r, rows):
    kinds = ["text", "integer", "number", "boolean"] + r.choices(KINDS, k=r.randint(2, 7)) + (["other"] if r.random() < 0.1 else [])
    columns = [make_column(r, rows, kind, at) for at, kind in enumerate(kinds)]
    for column in columns:
        every = r.choice([0, 0, 3, 17, 500])
        if every:
            column.sql = f"CASE WHEN {h(r)} % {every} = 0 THEN NULL ELSE {column.sql} END"
    if r.random() < 0.03:
        columns[0].sql = "NULL::VARCHAR"
    leads = make_leads(r, rows, columns) if rows >= 2000 and r.random() < (0.9 if rows >= 8000 else 0.3) else []
    made = Input(rows, columns, leads=leads)
    select = ", ".join(f"{c.sql} AS {c.name}" for c in columns)
    groups = f"ROW_GROUP_SIZE {r.choice([2048, 2048, 122880])}"
    form = r.choice(["flat", "month", "month", "date", "city"]) if rows >= 50 else "flat"
    if form == "flat":
        files = r.choice([1, 1, 3, 8])
        for part in range(files):
            low, high = part * rows // files, (part + 1) * rows // files
            made.statements.append(f"COPY (SELECT {select} FROM range({low}, {high}) t(i)) TO '{{folder}}/part-{part}.parquet' (FORMAT parquet, {groups});")
        return made
    value = number(r, r.choice([2, 5, 5, 24, 60]))  # folders: each is a file of an output that is partitioned
    if form == "month":
        made.partitions = [("year", "INTEGER"), ("month", "INTEGER")]
        keys = f"(2023 + {value} // 12)::INT AS year, (1 + {value} % 12)::INT AS month"
        if r.random() < 0.3:
            keys = keys.replace("AS year", "AS year").replace(f"(1 + {value} % 12)::INT", f"nullif(1 + {value} % 12, 3)::INT")
    elif form == "date":
        made.partitions = [("dt", "DATE")]
        keys = f"DATE '2024-01-20' + {value}::INT AS dt"
    else:
        made.partitions = [("city", "VARCHAR")]
        keys = f"'town ' || {value} AS city"
    names = ", ".join(name for name, _ in made.partitions)
    made.types = ", ".join(f"'{name}': {kind}" for name, kind in made.partitions)
    made.statements.append(f"COPY (SELECT {select}, {keys} FROM range({rows}) t(i)) TO '{{folder}}' (FORMAT parquet, PARTITION_BY ({names}), {groups}, OVERWRITE_OR_IGNORE);")
    made.columns = columns + [Column(name, {"INTEGER": "integer", "DATE": "date"}.get(kind, "text"), "", 3000) for name, kind in made.partitions]
    return made


FORMS = {"text": ["{}"] * 6 + ["upper({})", "coalesce({}, '?')", "left({}, 2)"], "integer": ["{}"] * 4 + ["{} % 3", "{} + 1", "{} > 5"],
         "number": ["floor({} / 100)", "{} > 100", "{}"], "special": ["{}", "isnan({})"], "decimal": ["{}", "{} > 0"],
         "date": ["{}", "{}", "month({})", "date_trunc('month', {})"], "time": ["{}", "CAST({} AS DATE)", "hour({})"], "boolean": ["{}", "NOT {}"], "other": ["{}"]}


def expression(r, column):
    return r.choice(FORMS[column.kind]).replace("{}", column.stored(column.name))


def condition(r, table):
    column = r.choice([c for c in table.columns if c.kind != "other"])
    forms = {"text": ["{} <> 'a'", "{} IS NOT NULL", "{} > 'm'"], "integer": ["{} % 2 = 0", "{} > 3", "{} < 100"], "number": ["{} > 50"], "special": ["{} > 0"],
             "decimal": ["{} < 10"], "date": ["{} >= DATE '1970-01-01'"], "time": ["{} < TIMESTAMPTZ '1970-01-01 00:00:00+00'"], "boolean": ["{}", "NOT {}"]}
    return r.choice(forms[column.kind]).format(column.name)


def pick_first(r, table, column):
    other = r.choice([c for c in table.columns if c.kind != "other"])
    way, where = r.choice(["", " DESC"]), r.choice(["NULLS LAST", "NULLS FIRST"])
    forms = [f"first({column.name} ORDER BY {other.name}{way} {where}, {column.name} NULLS LAST)", f"last({column.name} ORDER BY {other.name} {where}, {column.name}{way} NULLS LAST)",
             f"any_value({column.name} ORDER BY {other.name}{way} {where}, {column.name})", f"min_by({column.name}, {column.name})", f"max_by({column.name}, {column.name})",
             f"min_by({column.name}, row({other.name}, {column.name}))"]
    return column.stored(r.choice(forms[:3] * 2 + forms))


def aggregate(r, table):
    """(SQL, scale or None: exact)"""
    column = r.choice(table.columns)
    form = r.random()
    text, scale = "count(*)", None
    if column.kind in ("integer", "number", "special", "decimal") and form < 0.5:
        function = r.choice(["sum", "avg"])
        text = f"{function}({column.name})"
        if column.kind == "integer" and r.random() < 0.1:
            huge = f"{column.name}::HUGEINT * {r.choice(['1', '-1', '4294967296 * 4294967295'])}"
            text = f"CAST({r.choice(['sum', 'min', 'max'])}({huge}) AS VARCHAR)" if r.random() < 0.8 else f"avg({huge})"
        if column.kind in ("number", "special"):
            scale = column.most * (max(table.rows, 1) if function == "sum" else 1)
    elif column.kind == "other":
        text = f"count({column.name})"
    elif form < 0.55:
        text = f"count(DISTINCT {expression(r, column)})"
    elif form < 0.6:
        text = f"count(DISTINCT ({', '.join(expression(r, c) for c in [column, *r.choices(table.columns, k=r.randint(1, 2))])}))"
    elif form < 0.75:
        text = column.stored(r.choice(["min({})", "max({})", "count({})"]).format(column.name))
    elif form < 0.9:
        text = pick_first(r, table, column)
    if r.random() < 0.2 and not text.startswith("CAST("):
        text += f" FILTER (WHERE {condition(r, table)})"
    return text, scale


def dressed(r, text, scale):
    """Something computed from an aggregate."""
    form = r.random()
    if form < 0.85 or scale is not None or not text.startswith("count("):
        return text
    return r.choice([f"coalesce({text}, -1)", f"{text} * 2 + 1", f"CASE WHEN {text} > 3 THEN 'many' ELSE 'few' END", f"{text} / count(*)"])


def grouping(r, keys):
    form = r.random()
    if form < 0.7:
        return f"GROUP BY {', '.join(keys)}", False
    if form < 0.8 and len(keys) <= 4:
        return f"GROUP BY CUBE ({', '.join(keys)})", True
    if form < 0.9:
        return f"GROUP BY ROLLUP ({', '.join(keys)})", True
    sets = {tuple(k for k in keys if r.random() < 0.5) for _ in range(3)} | {tuple(keys)}
    return "GROUP BY GROUPING SETS (" + ", ".join(f"({', '.join(s)})" for s in sorted(sets)) + ")", True


def choose_keys(r, table, large):
    count = r.choice([0, 1, 1, 2, 2, 3, 4])
    usable = [c for c in table.columns if c.kind != "other" or r.random() < 0.1]
    keys = [expression(r, r.choice(usable)) for _ in range(count)]
    if large is not None and r.random() < 0.5:
        keys.append(large.stored(large.name))
    if table.partitions and r.random() < 0.5:
        keys = [name for name, _ in table.partitions] + keys
    return list(dict.fromkeys(keys))


def make_output(r, table, source, name, large):
    leading = bool(table.leads) and r.random() < 0.6  # groups that may be given away run by run
    keys = choose_keys(r, table, large) if not leading else list(dict.fromkeys(table.leads + ["big"] + choose_keys(r, table, None)[:1]))
    where = f" WHERE {condition(r, table)}" if r.random() < 0.35 else ""
    calls = [aggregate(r, table) for _ in range(r.randint(1, 6))]
    if large is not None and r.random() < 0.25:  # of a column that may have many values, beside others
        counted = r.choice([large] + table.of("text", "integer")).name
        if r.random() < 0.4:
            counted = f"({counted}, {r.choice(table.columns).name})"
        calls.append((f"count(DISTINCT {counted})" + (f" FILTER (WHERE {condition(r, table)})" if r.random() < 0.3 else ""), None))
    scales = {f"a{i}": scale for i, (_, scale) in enumerate(calls) if scale is not None}
    listed = [f"{call[0] if leading else dressed(r, *call)} AS a{i}" for i, call in enumerate(calls)]
    if not keys:
        if table.partitions:  # DuckDB 1.5.5 fails inside on "SELECT count(*), max(year) FROM t" over a hive column
            listed = [f"count(*) AS a{i}" if any(f"{m}({p})" in text for m in ("min", "max") for p, _ in table.partitions) else text for i, text in enumerate(listed)]
        return Output(name, f"SELECT {', '.join(listed)} FROM {source}{where}", [], scales)
    group, is_sets = grouping(r, keys) if not leading else (f"GROUP BY {', '.join(keys)}", False)
    names = [k if k.isidentifier() else f"k{i}" for i, k in enumerate(keys)]
    named = [k if k == n else f"{k} AS {n}" for k, n in zip(keys, names)]
    distinct = ""
    if r.random() < 0.1 and not is_sets:
        listed, scales, distinct = [], {}, r.choice(["", "DISTINCT ", "DISTINCT "])
    marks = [f"grouping_id({', '.join(keys)}) AS level"] if is_sets else []
    having = f" HAVING count(*) > {r.randint(1, 4)}" if r.random() < 0.15 and not leading else ""
    tail = "" if distinct else f" {group}{having}"
    body = f"SELECT {distinct}{', '.join(named + marks + listed)} FROM {source}{where}{tail}"
    form, plain = r.random(), not is_sets
    dirs = [""] if leading or r.random() < 0.6 else ["", " DESC"]
    order = (["level"] if is_sets else []) + [f"{n}{r.choice(dirs)} NULLS LAST" for n in names]
    tail = f" ORDER BY {', '.join(order)}"
    folders = [n for n, _ in table.partitions]
    partition_by = folders if folders and names[:len(folders)] == folders and plain and (len(names) > len(folders) or listed) and r.random() < 0.5 else []
    if not partition_by and table.leads and plain and names[:1] == table.leads[:1] and (len(names) > len(table.leads) or listed) and r.random() < 0.5:
        partition_by = [n for n in table.leads[:r.randint(1, 3)] if n in names]
    if form < 0.1 and plain:
        window = f"row_number() OVER (ORDER BY {', '.join(n + ' NULLS LAST' for n in names)}) AS rank, count(*) OVER (PARTITION BY {names[0]}) AS peers"
        return Output(name, f"SELECT *, {window} FROM ({body}) grouped{tail}", order, scales, partition_by)
    if form < 0.18 and plain and len(names) > 1:
        again = f"SELECT {names[0]}, count(*) AS groups, count(DISTINCT {names[1]}) AS others FROM ({body}) grouped GROUP BY {names[0]} ORDER BY {names[0]} NULLS LAST"
        return Output(name, again, [f"{names[0]} NULLS LAST"], {})
    if form < 0.25:
        return Output(name, f"{body}{tail} LIMIT {r.randint(1, 50)}", order, scales)
    if form < 0.3 and plain:
        return Output(name, f"WITH grouped AS ({body}) SELECT * FROM grouped{tail}", order, scales, partition_by)
    return Output(name, body + tail, order, scales, partition_by)


@dataclass
class Case:
    seed: int
    table: Input
    preamble: str
    outputs: list

    def script(self, only=None):
        return "\n".join([self.preamble] + [o.statement for o in self.outputs if only is None or o is only]).strip() + "\n"


def make_views(r, table, preamble):
    """What only leaves rows and columns out of t, by views, views over views and sub-queries; and one that does more."""
    names = [f'"{c.name}"' for c in table.columns] + [name for name, _ in table.partitions]
    select = r.choice(["*", "*", ", ".join(names)])
    preamble.append(f"CREATE TEMP VIEW v AS SELECT {select} FROM t{r.choice(['', ' AS base'])} WHERE {condition(r, table)};")
    form = r.random()
    if form < 0.4:
        return ["v"]
    if form < 0.6:
        preamble.append(f"CREATE TEMP VIEW w AS SELECT * FROM v WHERE {condition(r, table)};")
        return ["v", "w"]
    if form < 0.7:
        preamble.append("CREATE TEMP VIEW w AS SELECT * FROM v UNION ALL SELECT * FROM v;")
        return ["v", "w"]
    return ["v", f"(SELECT {r.choice(['*', ', '.join(names)])} FROM {r.choice(['t', 'v'])} WHERE {condition(r, table)}) AS part"]


def make_case(seed, outputs, sizes):
    r = random.Random(seed)
    table = make_input(r, r.choice(sizes))
    preamble, sources = [], ["t"]
    if r.random() < 0.15:
        preamble.append(f"SET TimeZone = '{r.choice(['Asia/Seoul', 'America/New_York', 'UTC'])}';")
    if r.random() < 0.4:
        sources += make_views(r, table, preamble)
    joined = table
    if r.random() < 0.25:
        table.statements.append("COPY (SELECT i AS dk, CASE WHEN i % 5 = 4 THEN NULL ELSE 'label ' || i % 4 END AS dlabel, i * 1.5 AS dvalue FROM range(9) t(i)) TO '{folder}-d.parquet' (FORMAT parquet);")
        joined = dataclasses.replace(table, columns=table.columns + [Column("dlabel", "text", ""), Column("dk", "integer", "", 10)])
        way = r.choice(["JOIN", "JOIN", "LEFT JOIN"])
        sources.append(f"t {way} d ON t.{r.choice(table.of('integer')).name} % 10 = d.dk")
    # one column with many values in most of the outputs, as jobs have it
    large = r.choice([None] + table.of("text", "integer"))
    chosen = [r.choice(sources) for _ in range(outputs)]
    table.joined = any(" JOIN " in source for source in chosen)
    made = [make_output(r, joined if " JOIN " in source else table, source, f"o{i}", large) for i, source in enumerate(chosen)]
    return Case(seed, table, "\n".join(preamble), made)
