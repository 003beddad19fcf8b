"""What DuckDB gives for a job script as written: the meaning that every published table is held to."""

import re
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import unquote

import duckdb


@dataclass
class Output:
    name: str
    columns: list                 # [(name, DuckDB type)]
    rows: list                    # tuples, in the query's order
    partition_by: list = field(default_factory=list)
    ordered: bool = True

    @property
    def names(self):
        return [name for name, _ in self.columns]


TOKEN = re.compile(r"""(?P<skip>\s+|--[^\n]*|/\*(?:/\*.*?\*/|.)*?\*/)|(?P<string>[eE]'(?:\\.|''|[^'\\])*'|'(?:''|[^'])*')|(?P<quoted>"(?:""|[^"])*")
                      |(?P<dollar>\$(?P<tag>\w*)\$.*?\$(?P=tag)\$)|(?P<param>\$\w+)|(?P<word>\w+)|(?P<sign>.)""", re.S | re.X)


def tokens(text):
    return [(m.lastgroup if m.lastgroup != "tag" else "dollar", m.group(), m.start(), m.end()) for m in TOKEN.finditer(text)
            if m.lastgroup != "skip"]


def unquote_name(text):
    return text[1:-1].replace('""', '"') if text.startswith('"') else text


def parse_copy(text):
    """(query, name, PARTITION_BY columns) of COPY (query) TO 'name' (options)."""
    parts = tokens(text)
    depth = 0
    for at, (_, word, start, _) in enumerate(parts):
        depth += (word in "([{") - (word in ")]}") if len(word) == 1 else 0
        if word == ")" and depth == 0:
            break
    query = text[parts[1][3]:start]
    name = parts[at + 2][1][1:-1].replace("''", "'")
    options = [p[1] for p in parts[at + 3:]]
    columns = []
    for i, word in enumerate(options):
        if word.upper() == "PARTITION_BY":
            rest = options[i + 1:]
            inside = rest[1:rest.index(")")] if rest[0] == "(" else rest[:1]
            columns = [unquote_name(w) for w in inside if w != ","]
    return query, name, columns


def put_parameters(text, params):
    out, at = [], 0
    for kind, word, start, end in tokens(text):
        if kind == "param":
            out += [text[at:start], "'" + str(params[word[1:]]).replace("'", "''") + "'"]
            at = end
    return "".join(out) + text[at:]


def partition_values(path, root):
    values = {}
    for part in Path(path).relative_to(root).parts[:-1]:
        name, _, text = part.partition("=")
        values[unquote(name)] = None if text == "__HIVE_DEFAULT_PARTITION__" else unquote(text)
    return values


def common_type(texts):
    """The rule of storage/hive.h, said again."""
    present = [t for t in texts if t is not None]
    if present and all(re.fullmatch(r"[+-]?\d+", t) for t in present):
        return "INTEGER" if all(-2**31 <= int(t) < 2**31 for t in present) else "BIGINT"
    if present and all(re.fullmatch(r"\d{4}-\d\d-\d\d", t) for t in present):
        return "DATE"
    return "VARCHAR"


def quote(text):
    return "NULL" if text is None else "'" + text.replace("'", "''") + "'"


def load_input(connection, name, path):
    """A table of that name: every file read by itself, partition values from our own reading of the folder names."""
    path = Path(path)
    root = path.parent if path.is_file() else path
    hidden = lambda p: any(part.startswith(("_", ".")) for part in p.relative_to(root).parts)
    files = [path] if path.is_file() else sorted(p for p in path.rglob("*") if p.is_file() and p.suffix.lower() in (".parquet", ".parq") and not hidden(p))
    values = [partition_values(f, root) for f in files]
    keys = list(values[0])
    types = {k: common_type([v[k] for v in values]) for k in keys}
    def described(file):
        return [r[0] for r in connection.execute(f"DESCRIBE FROM read_parquet({quote(str(file))}, hive_partitioning = false)").fetchall()]
    columns = described(files[0])
    for file in files[1:]:
        have = {c.lower() for c in described(file)}
        columns = [c for c in columns if c.lower() in have]
    quoted = ", ".join('"' + c.replace('"', '""') + '"' for c in columns if c not in keys)
    selects = [f"SELECT {quoted}" + "".join(f", CAST({quote(v[k])} AS {types[k]}) AS \"{k}\"" for k in keys) +
               f" FROM read_parquet({quote(str(f))}, hive_partitioning = false)" for f, v in zip(files, values)]
    connection.execute(f'CREATE TABLE "{name}" AS ' + " UNION ALL ".join(selects))


def run_script(script, inputs, params=None):
    """{output name: Output} of a script's text over {table name: path}."""
    connection = duckdb.connect()
    connection.execute("SET threads = 2; SET TimeZone = 'UTC'; SET preserve_insertion_order = false")
    for name, path in inputs.items():
        load_input(connection, name, path)
    outputs = {}
    for statement in connection.extract_statements(script):
        text = put_parameters(statement.query, params or {})
        if statement.type.name != "COPY":
            connection.execute(text)
            continue
        query, name, partition_by = parse_copy(text.strip().rstrip(";"))
        assert name not in outputs
        columns = [(r[0], r[1]) for r in connection.execute(f"DESCRIBE {query}").fetchall()]
        ordered = bool(re.search(r"\bORDER\s+BY\b(?!.*\bOVER\b)", re.sub(r"\([^()]*\)", "", re.sub(r"\([^()]*\)", "", query)), re.I | re.S))
        spelling = {n.lower(): n for n, _ in columns}
        outputs[name] = Output(name, columns, connection.execute(query).fetchall(), [spelling[c.lower()] for c in partition_by], ordered)
    return outputs
