"""Random queries in which names mean several things: aliases that are columns too, positions, GROUP BY ALL, sub-queries and views that
rename; columns of types that are stored as others (ENUM, HUGEINT). Every one is a query that DuckDB takes and whose result does not
depend on the order of rows; which of them those are, the caller finds out."""

import random

COLUMNS = ["a", "b", "c", "d", "g0", "c0"]
ALIASES = ["a", "b", "c", "d", "z", "y", "x", "g0", "a0", "c0", "t", "e"]
SHADES = "ENUM('red', 'green', 'blue')"


class Source:
    def __init__(self, sql, columns, qualifier=None, enums=()):
        self.sql, self.columns, self.qualifier, self.enums = sql, columns, qualifier, list(enums)


class Maker:
    def __init__(self, r):
        self.r = r
        self.views = []

    def often(self, share):
        return self.r.random() < share

    def data(self):
        """SELECT of the input's rows."""
        r = self.r
        rows = r.choice([5, 60, 300, 3000])
        columns = [f"nullif((hash(i * 7 + {at * 1000 + r.randint(0, 99)}) % {r.choice([3, 5, 9, rows])})::{r.choice(['INTEGER', 'BIGINT'])} - 1, {r.choice([2, 99])}) AS {name}"
                   for at, name in enumerate(COLUMNS)]
        return f"SELECT {', '.join(columns)}, ['red', 'green', 'blue'][1 + (hash(i) % 3)::INT] AS shade FROM range({rows}) r(i)"

    def column(self, source):
        name = self.r.choice(source.columns)
        if self.often(0.12):
            name = name.upper()
        if source.qualifier and self.often(0.2):
            return f"{source.qualifier}.{name}"
        return name

    def expression(self, source, depth=0):
        r, form = self.r, self.r.random()
        if form < 0.6 or depth > 2:
            return self.column(source)
        if form < 0.68:
            return f"{self.column(source)} + {r.randint(0, 2)}"
        if form < 0.74:
            return f"({self.expression(source, depth + 1)} {r.choice('+*-')} {self.expression(source, depth + 1)})"
        if form < 0.8:
            return f"coalesce({self.column(source)}, {r.randint(-1, 1)})"
        if form < 0.85:
            return f"CASE WHEN {self.condition(source, depth + 1)} THEN {self.column(source)} ELSE {r.choice(['NULL', '0', self.column(source)])} END"
        if form < 0.92:
            return f"abs({self.column(source)})"
        return f"{self.column(source)}::HUGEINT" if form < 0.96 else f"{self.column(source)} % 3"

    def condition(self, source, depth=0):
        r, form = self.r, self.r.random()
        if form < 0.55 or depth > 2:
            return f"{self.expression(source, depth + 1)} {r.choice(['>', '<', '=', '<>', '>='])} {r.choice([str(r.randint(-1, 4)), self.column(source)])}"
        if form < 0.7:
            return f"{self.column(source)} IS {r.choice(['', 'NOT '])}NULL"
        if form < 0.8:
            return f"{self.column(source)} {r.choice(['', 'NOT '])}IN ({r.randint(0, 3)}, {r.randint(0, 4)})"
        if form < 0.9:
            return f"({self.condition(source, depth + 1)} {r.choice(['AND', 'OR'])} {self.condition(source, depth + 1)})"
        return f"NOT ({self.condition(source, depth + 1)})"

    def aggregate(self, source):
        r, form, e = self.r, self.r.random(), self.expression(source)
        kept = f" FILTER (WHERE {self.condition(source)})" if self.often(0.2) else ""
        if form < 0.25:
            return "count(*)" + kept
        if form < 0.5:
            return f"sum({e}){kept}"
        if form < 0.65:
            return f"{r.choice(['min', 'max', 'count'])}({e}){kept}"
        if form < 0.75:
            return f"count(DISTINCT {e}){kept}"
        if form < 0.9 or not source.enums:
            return f"{r.choice(['first', 'last', 'any_value'])}({e} ORDER BY {self.expression(source)} {r.choice(['ASC', 'DESC'])} NULLS LAST, {e} NULLS LAST){kept}"
        return f"{r.choice(['min', 'max'])}({r.choice(source.enums)}){kept}"

    def source(self, depth):
        r, form = self.r, self.r.random()
        if depth < 2 and form < 0.15:
            query, names = self.query(depth + 1)
            alias = r.choice(["s", "t", "a", "x"])
            return Source(f"({query}) AS {alias}", [n for n in names if n not in ("level", "e")] or names, alias)
        if form < 0.3:
            return Source(f"(SELECT *, CAST(shade AS {SHADES}) AS e FROM t) AS t", COLUMNS, "t", ["e"])
        if form < 0.4:
            alias = r.choice(["e", "a", "b", "t", "kindling_result_0"])
            return Source(f"t AS {alias}", COLUMNS, alias)
        if form < 0.55 and self.views:
            return r.choice(self.views)
        return Source("t", COLUMNS, "t")

    def entries(self, source):
        """[(expression, alias or None, name, is key)] with names that differ."""
        r, made, used = self.r, [], {"level"}
        keys = list(dict.fromkeys(self.expression(source) for _ in range(r.choice([0, 1, 1, 2, 2, 3]))))
        if source.enums and self.often(0.6):
            keys.append(source.enums[0])
        for expression in keys + [self.aggregate(source) for _ in range(r.randint(1, 3))]:
            is_key = expression in keys
            bare = expression.split(".")[-1].lower()
            alias = None if is_key and bare.isidentifier() and bare not in used and self.often(0.5) else r.choice(ALIASES)
            name = alias or bare
            if name in used:
                name = alias = f"n{len(made)}"
            used.add(name)
            made.append((expression, alias, name, is_key))
        if made[0][3] and self.often(0.2):  # an alias in a later entry
            made.append((r.choice([f"rank() OVER (ORDER BY {made[0][2]})", f"{made[0][2]} IS NULL"]), "later", "later", False))
        return made

    def group_by(self, entries):
        """(GROUP BY, the entry that says which keys are rolled up or None)"""
        r, keys = self.r, [entry for entry in entries if entry[3]]
        if not keys:
            return "", None
        way = r.choice(["plain", "plain", "alias", "place", "all"])
        terms = [alias if way == "alias" and alias else str(entries.index(e) + 1) if way == "place" else e[0] for e in keys for alias in [e[1]]]
        if way in ("plain", "alias") and self.often(0.25):
            sets = r.choice(["CUBE ({})", "ROLLUP ({})", "GROUPING SETS (({}), ({first}), ())"]).format(", ".join(terms), first=terms[0])
            return f" GROUP BY {sets}", (f"grouping_id({', '.join(terms)})", "level", "level", True)
        return " GROUP BY ALL" if way == "all" else " GROUP BY " + ", ".join(terms), None

    def having(self, source, entries):
        r = self.r
        names = [entry[2] for entry in entries]
        return " HAVING " + r.choice([f"{self.aggregate(source)} IS NOT NULL", "count(*) > 1", f"{r.choice(names)} > 0", f"{r.choice(entries)[0]} IS NOT NULL", f"abs({r.choice(ALIASES)}) > 1"])

    def order_by(self, entries):
        """Every column, so that nothing is left open."""
        r = self.r
        terms = [r.choice([name, name, str(at + 1)]) + r.choice([" NULLS LAST", " DESC NULLS LAST", " NULLS FIRST"]) for at, (_, _, name, _) in enumerate(entries)]
        r.shuffle(terms)
        keys = [entry[0] for entry in entries if entry[3]]
        if keys and self.often(0.25):
            terms.insert(0, r.choice(keys))
        return " ORDER BY " + ("ALL" if self.often(0.1) else ", ".join(terms))

    def query(self, depth=0):
        """(SQL, names of its columns)"""
        source = self.source(depth)
        entries = self.entries(source)
        groups, level = self.group_by(entries)
        if level:
            entries.append(level)
        listed = ", ".join(f"{e} AS {alias}" if alias else e for e, alias, _, _ in entries)
        where = f" WHERE {self.condition(source)}" if self.often(0.3) else ""
        having = self.having(source, entries) if groups and self.often(0.3) else ""
        names = [entry[2] for entry in entries]
        order = self.order_by(entries) if depth == 0 else ""
        return f"SELECT {listed} FROM {source.sql}{where}{groups}{having}{order}", names

    def make_views(self):
        statements = []
        if self.often(0.6):
            columns = self.r.choice([COLUMNS, ["a", "b", "c"], ["b", "a", "d", "g0"]])
            statements.append(f"CREATE VIEW v1 AS SELECT {'*' if columns is COLUMNS else ', '.join(columns)} FROM t WHERE {self.condition(Source('t', COLUMNS))};")
            self.views.append(Source("v1", columns, "v1"))
        if self.often(0.4):
            statements.append(f"CREATE VIEW v2 AS SELECT a AS b, b AS a, CAST(shade AS {SHADES}) AS e FROM t;")
            self.views.append(Source("v2 AS q", ["a", "b"], "q", ["e"]))
        if self.often(0.4):
            statements.append("CREATE TEMP VIEW v3 AS SELECT a, count(*) AS b, sum(c) AS c FROM t GROUP BY a;")
            self.views.append(Source("v3", ["a", "b", "c"], "v3"))
        return statements


def make_maker(seed):
    return Maker(random.Random(seed))
