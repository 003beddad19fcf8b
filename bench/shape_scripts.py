"""Scripts over the events that the benchmark of shapes runs: outputs without any user, pages and amounts, and forty outputs of all kinds."""

from dataclasses import dataclass

TOTALS = "count(*) AS events, sum(value) AS total, avg(value) AS mean"
USERS = "count(DISTINCT user_id) AS users, count(*) AS events"
ENDS = 'min("timestamp") AS first_event, max("timestamp") AS last_event, min(value) AS lowest, max(value) AS highest'
SHARES = "count(*) AS events, count(*) FILTER (WHERE event_type = 'purchase') AS purchases, sum(value) FILTER (WHERE value > 50) AS large_total"
DATE, HOUR = 'CAST("timestamp" AS DATE)', 'hour("timestamp")'


@dataclass
class Script:
    text: str
    keys: dict  # output -> columns that identify a row


def output(name, keys, measures, where=None, sets=None):
    """(statement, identifying columns); keys: {column: expression}; sets: CUBE, ROLLUP or None."""
    columns = [f"{expression} AS {column}" if expression != column else column for column, expression in keys.items()]
    by, identity = ", ".join(keys.values()), list(keys)
    if sets:
        columns.append(f"grouping_id({by}) AS grouping_id")
        identity.append("grouping_id")
    order = ", ".join(f"{column} NULLS LAST" for column in identity)
    return (f"COPY (\n  SELECT {', '.join(columns)}, {measures}\n  FROM events\n" + (f"  WHERE {where}\n" if where else "")
            + f"  GROUP BY {f'{sets} ({by})' if sets else by}\n  ORDER BY {order}\n) TO '{name}' (FORMAT parquet);\n"), identity


def make(outputs):
    made = {name: output(name, *rest) for name, rest in outputs.items()}
    return Script("\n".join(text for text, _ in made.values()), {name: identity for name, (_, identity) in made.items()})


def same(*columns):
    return {column: column for column in columns}


SMALL_KEYS = make({
    "by-month": (same("year", "month"), TOTALS),
    "by-day-and-category": ({"date": DATE} | same("category"), TOTALS),
    "by-hour": ({"hour": HOUR} | same("event_type"), ENDS),
    "cube": (same("month", "category", "event_type"), TOTALS, None, "CUBE"),
    "calendar": (same("year", "month", "day"), SHARES, None, "ROLLUP"),
    "purchases": (same("category"), TOTALS, "event_type = 'purchase'"),
})

WEB = make({
    "landing": (same("user_id"), 'first(page ORDER BY "timestamp", page) AS landing, last(page ORDER BY "timestamp", page) AS leaving, count(*) AS events'),
    "pages": (same("page"), "count(*) AS events, count(DISTINCT user_id) AS users, sum(amount) AS amount"),
    "categories": (same("year", "month", "category"), "sum(amount) AS amount, avg(amount) AS average, min(amount) AS least, max(amount) AS most, min(page) AS first_page"),
    "users": (same("user_id", "category"), "sum(amount) AS amount, max(amount) AS most, count(*) AS events"),
})

KINDS = {
    "category": (same("category"), None),
    "month-category": (same("year", "month", "category"), None),
    "date": ({"date": DATE}, None),
    "hour-type": ({"hour": HOUR} | same("event_type"), None),
    "cube": (same("category", "event_type"), "CUBE"),
    "calendar": (same("year", "month", "day"), "ROLLUP"),
    "cube-months": (same("month", "category", "event_type"), "CUBE"),
    "user": (same("user_id"), None),
    "user-category": (same("user_id", "category"), None),
    "user-month": (same("user_id", "year", "month"), None),
}

# Each kind with four sets of measures; a third of them over some of the rows only.
WHERE = [None, "event_type = 'purchase'", None, None, "value > 20", None, None, "category IN ('games', 'books', 'movies')", None]
BY_USER = {"user": "count(DISTINCT event_type) AS kinds, count(*) AS events", "user-category": "count(DISTINCT event_type) AS kinds, count(*) AS events",
           "user-month": "count(DISTINCT category) AS categories, count(*) AS events"}


def forty():
    outputs, number = {}, 0
    for kind, (keys, sets) in KINDS.items():
        for name, measures in (("totals", TOTALS), ("users", BY_USER.get(kind, USERS)), ("ends", ENDS), ("shares", SHARES)):
            outputs[f"{kind}-{name}"] = (keys, measures, WHERE[number % len(WHERE)], sets)
            number += 1
    return make(outputs)


FORTY = forty()
