"""Random jobs over random data: every output equals DuckDB running the script as written, and plain equals optimised.

KINDLING_SEEDS: how many scripts of 6 outputs (default 16; more in make soak); KINDLING_SEED: only that one."""

import os
import random

import pytest

from kit import compare, data, oracle

ONLY = os.environ.get("KINDLING_SEED")
SEEDS = [int(ONLY)] if ONLY else list(range(int(os.environ.get("KINDLING_SEEDS", "16"))))

KEYS = {"g": "g", "text": "nullif(k, '')", "b": "b", "int4": "int4", "p": "p", "q": "q", "day": "CAST(ts AS DATE)", "y": "year(ts)",
        "kind": "CASE WHEN k IN ('plain', 'a/b') THEN 'known' WHEN k IS NULL THEN NULL ELSE 'other' END", "sign": "n > 0", "mod": "id % 4", "dt": "dt",
        "lowered": "lower(g)", "d1": "CAST(d AS DECIMAL(10, 1))"}
AGGREGATES = ["count(*)", "count(n)", "count(DISTINCT k)", "count(DISTINCT int4)", "sum(w)", "avg(w)", "sum(n)", "avg(n)", "sum(d)", "min(ts)", "max(k)", "max(w)",
              "min(n)", "bool_or(b)", "sum(w) FILTER (WHERE b)", "count(*) FILTER (WHERE n > 3)", "avg(int4) FILTER (WHERE g = 'a')", "max(dt)", "sum(int4 * 2 + 1)",
              "first(k ORDER BY ts NULLS LAST, k NULLS LAST)", "min(id)", "sum(tiny)", "count(DISTINCT g) FILTER (WHERE n IS NOT NULL)", "sum(w) / count(*)",
              "round(avg(w), 2)", "max(n) - min(n)", "CASE WHEN count(*) > 10 THEN sum(n) ELSE 0 END", "coalesce(sum(n), -1)", "avg(f)", "sum(CAST(b AS INT))"]
FILTERS = ["n > 0", "b", "g IS NOT NULL", "k <> 'plain'", "ts >= TIMESTAMP '1970-01-01'", "q = 1", "q IN (0, 2)", "p = 'plain'", "p <> 'k=v'", "p IS NULL", "q BETWEEN 1 AND 2",
           "w BETWEEN -50 AND 80", "int4 < 3 OR g = 'c'", "NOT (q = 0 AND p = 'a/b')", "k LIKE '%a%'", "id % 3 <> 1", "false", "q > 7"]


class Maker:
    """Scripts from a seed; only forms whose meaning does not depend on row order."""

    def __init__(self, seed):
        self.random = random.Random(seed)
        self.views = []

    def some(self, values, low, high):
        return self.random.sample(list(values), self.random.randint(low, min(high, len(values))))

    def chance(self, share):
        return self.random.random() < share

    def where(self):
        return " AND ".join(self.some(FILTERS, 1, 2)) if self.chance(0.6) else None

    def source(self):
        if not self.chance(0.25):
            return "t"
        name = f"view_{len(self.views)}"
        self.views.append(f"CREATE TEMP VIEW {name} AS SELECT * FROM t WHERE {self.random.choice(FILTERS)};")
        return name

    def groups(self, keys):
        """(GROUP BY clause, is it a set form)"""
        form = self.random.choice(["plain", "plain", "plain", "cube", "rollup", "sets"])
        inner = ", ".join(KEYS[k] for k in keys)
        if form == "plain" or not keys:
            return inner, False
        if form == "sets":
            sets = [self.some(keys, 0, len(keys)) for _ in range(self.random.randint(1, 3))]
            sets.append(keys)
            return "GROUPING SETS (" + ", ".join("(" + ", ".join(KEYS[k] for k in s) + ")" for s in sets) + ")", True
        return f"{form.upper()} ({inner})", True

    def query(self):
        keys = self.some(KEYS, 0, 3)
        calls = self.some(AGGREGATES, 1, 4)
        group, sets = self.groups(keys)
        columns = [f'{KEYS[k]} AS "{k}"' for k in keys] + [f"{call} AS a{i}" for i, call in enumerate(calls)]
        order = list(keys)
        if sets:
            columns.append(f"grouping_id({', '.join(KEYS[k] for k in keys)}) AS gid")
            order.append("gid")
        text = f"SELECT {', '.join(columns)} FROM {self.source()}"
        where = self.where()
        text += f" WHERE {where}" if where else ""
        text += f" GROUP BY {group}" if keys else ""
        if keys and self.chance(0.3):
            text += " HAVING count(*) > 2"
        if keys and not sets and self.chance(0.2):
            window = f"PARTITION BY \"{keys[0]}\" ORDER BY a0 DESC NULLS LAST, " + ", ".join(f'"{k}" NULLS LAST' for k in keys)
            if "DISTINCT" not in calls[0] and not any(x in calls[0] for x in ("avg", "sum(w")):
                text = f"SELECT *, row_number() OVER ({window}) AS rank FROM ({text}) grouped"
        self.random.shuffle(order)
        if order:
            text += " ORDER BY " + ", ".join(f'"{k}" {self.random.choice(["ASC", "DESC"])} NULLS {self.random.choice(["FIRST", "LAST"])}' for k in order)
            if not sets and self.chance(0.15):
                text += f" LIMIT {self.random.randint(1, 30)}"
        return text, keys

    def output(self, name):
        query, keys = self.query()
        options = "FORMAT parquet"
        folders = [k for k in keys if k != "d1"]  # delta-rs 1.6.6 reads the partition value -0.1 as '0.-1'
        if folders and self.chance(0.4):
            options += ', PARTITION_BY ("{}")'.format('", "'.join(self.some(folders, 1, 2)))
        return f"COPY (\n  {query}\n) TO '{name}' ({options});"

    def script(self, count):
        outputs = [self.output(f"o{i}") for i in range(count)]
        zone = "SET TimeZone = 'America/New_York';\n" if self.chance(0.2) else ""
        return zone + "\n".join(self.views + outputs) + "\n"


@pytest.mark.parametrize("seed", SEEDS)
def test_random_script(kindling, tmp_path, seed):
    script = Maker(seed).script(6)
    source = data.hostile(tmp_path / "in", rows=random.Random(seed).choice([1, 200, 3000]), special=False)
    wanted = oracle.run_script(script, {"t": source})
    job = data.write(tmp_path / "job.sql", script)
    try:
        kindling("run", job, "--input", source, "--output", tmp_path / "out", "--threads", 1 + seed % 3)
        compare.assert_script(tmp_path / "out", wanted, scale=3000 * 125.0, all_readers=seed % 4 == 0)
    except AssertionError as error:
        raise AssertionError(f"KINDLING_SEED={seed}\n{script}\n{error}") from error
