"""Random inputs and random job scripts over them, the same for the same seed. Every script is one that a job may be: its results
do not depend on the order of rows."""

import random

from kit import data

TEXTS = ["", "a", "b", "B", "Ä", "日本", "x y", "it's", "%41", "k=v", "x" * 40, "x" * 39 + "y", "NULL", "0", "user_00000001", "user_00000002"]
DOUBLES = ["0.0", "-0.0", "1.0", "0.1", "-2.5", "1e15", "1e-9", "3.3333333333333335", "123456.78", "-1e15"]
# No values near the largest double: where a partial sum overflows, DuckDB's result depends on the order of rows, ours does not.
SPECIAL = DOUBLES + ["'nan'", "'inf'", "'-inf'", "5e-324", "1e-300"]

# name: (SQL over row number i, kind of column)
COLUMNS = {
    "city": (lambda r: pick(r, [f"'{t.replace(chr(39), chr(39) * 2)}'" for t in r.sample(TEXTS, r.randint(1, 12))]), "text"),
    "entity": (lambda r: f"'user_' || lpad((hash(i + {r.randint(0, 99)}) % {r.choice([3, 50, 2000])})::VARCHAR, {r.choice([4, 30])}, '0')", "text"),
    "small": (lambda r: f"((hash(i + {r.randint(0, 99)}) % 7)::INT - 3)::INTEGER", "integer"),
    "big": (lambda r: f"(hash(i + {r.randint(0, 99)}) % 1000003)::BIGINT * {r.choice([1, -1, 9000000])}", "integer"),
    "price": (lambda r: f"round((hash(i + {r.randint(0, 99)}) % 50000) / 100.0, 2)::DOUBLE", "double"),
    "odd": (lambda r: pick(r, [f"CAST({d} AS DOUBLE)" for d in r.sample(SPECIAL, r.randint(3, 8))]), "special"),
    "amount": (lambda r: f"((hash(i + {r.randint(0, 99)}) % 200001)::BIGINT - 100000)::DECIMAL(18,2) / 100", "decimal"),
    "day_of": (lambda r: f"DATE '1969-12-20' + (hash(i + {r.randint(0, 99)}) % {r.choice([3, 40])})::INT", "date"),
    "moment": (lambda r: f"TIMESTAMP '1969-12-30 12:00:00' + to_microseconds((hash(i + {r.randint(0, 99)}) % 400000000000)::BIGINT)", "timestamp"),
    "flag": (lambda r: f"(hash(i + {r.randint(0, 99)}) % 3 = 0)", "boolean"),
}


def pick(r, values):
    return f"[{', '.join(values)}][1 + (hash(i + {r.randint(0, 99)}) % {len(values)})::INT]"


def with_nulls(r, sql):
    every = r.choice([0, 0, 3, 17])
    return sql if every == 0 else f"CASE WHEN hash(i + {r.randint(100, 199)}) % {every} = 0 THEN NULL ELSE {sql} END"


class Input:
    """A folder of Parquet: partitioned or not, one row to some thousand."""

    def __init__(self, r, folder):
        self.folder = folder
        names = r.sample(sorted(COLUMNS), r.randint(4, len(COLUMNS)))
        self.kinds = {name: COLUMNS[name][1] for name in names}
        rows = r.choice([0, 1, 7, 300, 3000, 3000])
        columns = ", ".join(f"{with_nulls(r, COLUMNS[name][0](r))} AS {name}" for name in names)
        self.partitioned = r.random() < 0.6
        folder.mkdir(parents=True)
        connection = data.connect()
        if not self.partitioned or rows < 50:
            self.partitioned = False
            for part in range(r.choice([1, 1, 3])):
                data.copy(f"SELECT {columns} FROM range({part * rows}, {part * rows + rows}) t(i)", folder / f"part-{part}.parquet", connection)
            return
        self.kinds |= {"year": "integer", "month": "integer"}
        keys = f"(2023 + hash(i + 7) % 2)::INT AS year, {with_nulls(r, '(1 + hash(i + 8) % 12)::INT')} AS month"
        connection.execute(f"COPY (SELECT {columns}, {keys} FROM range({rows}) t(i)) TO '{folder}' (FORMAT parquet, PARTITION_BY (year, month), OVERWRITE_OR_IGNORE)")

    def of(self, *kinds):
        return [name for name, kind in self.kinds.items() if kind in kinds]


def key(r, table):
    """An expression to group by, with the columns that it reads."""
    name = r.choice(sorted(table.kinds))
    kind = table.kinds[name]
    forms = {"text": ["{}", "{}", "upper({})", "coalesce({}, '?')", "left({}, 1)"], "integer": ["{}", "{}", "{} % 3", "{} + 1"],
             "double": ["floor({} / 100)", "{} > 100"], "special": ["{}", "isnan({})"], "decimal": ["{} > 0", "round({} / 100, 0)"],
             "date": ["{}", "month({})", "date_trunc('month', {})"], "timestamp": ["CAST({} AS DATE)", "hour({})", "date_trunc('day', {})"],
             "boolean": ["{}", "NOT {}"]}[kind]
    return r.choice(forms).format(name)


def condition(r, table):
    name = r.choice(sorted(table.kinds))
    return {"text": f"{name} <> 'a'", "integer": f"{name} % 2 = 0", "double": f"{name} > 50", "special": f"{name} > 0", "decimal": f"{name} < 10",
            "date": f"{name} >= DATE '1970-01-01'", "timestamp": f"{name} < TIMESTAMP '1970-01-01 00:00:00'", "boolean": name}[table.kinds[name]]


def aggregate(r, table):
    forms = ["count(*)"]
    for name in table.kinds:
        forms += [f"count({name})", f"count(DISTINCT {name})", f"min({name})", f"max({name})"]
    for name in table.of("integer", "double", "decimal"):
        forms += [f"sum({name})", f"avg({name})"] * 2
    for name in table.of("special"):
        forms += [f"sum({name})", f"avg({name})"]
    for name in table.of("text", "integer", "date"):
        other = r.choice(sorted(table.kinds))
        forms += [f"first({name} ORDER BY {other} NULLS LAST, {name} NULLS LAST)", f"first({name} ORDER BY {name} DESC NULLS LAST)"]
    text = r.choice(forms)
    if r.random() < 0.25:
        text += f" FILTER (WHERE {condition(r, table)})"
    return text


def grouping(r, names):
    form = r.random()
    if len(names) < 2 or form < 0.7:
        return f"GROUP BY {', '.join(names)}", False
    if form < 0.8:
        return f"GROUP BY CUBE ({', '.join(names[:3])}){''.join(', ' + n for n in names[3:])}", True
    if form < 0.9:
        return f"GROUP BY ROLLUP ({', '.join(names)})", True
    return f"GROUP BY GROUPING SETS ((), ({names[0]}), ({', '.join(names)}))", True


def query(r, table, source):
    """(query, PARTITION_BY columns)"""
    keys = list(dict.fromkeys(key(r, table) for _ in range(r.randint(0, 3))))
    if table.partitioned and r.random() < 0.5:
        keys = list(dict.fromkeys(["year", "month"] + keys))
    where = f" WHERE {condition(r, table)}" if r.random() < 0.4 else ""
    aggregates = [f"{aggregate(r, table)} AS a{i}" for i in range(r.randint(1, 4))]
    if not keys:
        return f"SELECT {', '.join(aggregates)} FROM {source}{where}", []
    group, sets = grouping(r, keys)
    named = [f"{k} AS {k}" if k.isidentifier() else f"{k} AS k{i}" for i, k in enumerate(keys)]
    marks = [f"grouping_id({', '.join(keys)}) AS level"] if sets else []
    having = f" HAVING count(*) > {r.randint(1, 3)}" if r.random() < 0.2 else ""
    names = [n.rsplit(" AS ", 1)[1] for n in named]
    order = ", ".join((["level"] if sets else []) + [f"{n}{r.choice(['', ' DESC'])} NULLS LAST" for n in names])
    body = f"SELECT {', '.join(named + marks + aggregates)} FROM {source}{where} {group}{having}"
    form = r.random()
    partition_by = ["year", "month"] if names[:2] == ["year", "month"] and not sets and r.random() < 0.6 else []
    if form < 0.15 and not sets:
        window = f"count(*) OVER (PARTITION BY {names[0]}) AS peers, row_number() OVER (ORDER BY {', '.join(f'{n} NULLS LAST' for n in names)}) AS rank"
        return f"WITH t AS ({body}) SELECT *, {window} FROM t ORDER BY {order}", partition_by
    if form < 0.3 and not sets:
        return f"{body} ORDER BY {order} LIMIT {r.randint(1, 20)}", []
    return f"{body} ORDER BY {order}", partition_by


def script(r, table):
    parts, source = [], "t"
    if r.random() < 0.2:
        parts.append(f"SET TimeZone = '{r.choice(['Asia/Seoul', 'America/New_York', 'UTC'])}';")
    if r.random() < 0.3:
        parts.append(f"CREATE TEMP VIEW v AS SELECT * FROM t WHERE {condition(r, table)};")
        source = r.choice(["t", "v"])
    for number in range(r.randint(3, 6)):
        text, partition_by = query(r, table, source if r.random() < 0.7 else "t")
        options = f", PARTITION_BY ({', '.join(partition_by)})" if partition_by else ""
        parts.append(f"COPY ({text}) TO 'o{number}' (FORMAT parquet{options});")
    return "\n".join(parts) + "\n"


def case(seed, folder):
    """(script, input folder)"""
    r = random.Random(seed)
    table = Input(r, folder / "in")
    return script(r, table), table.folder
