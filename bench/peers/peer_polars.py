"""The eight outputs of both jobs in Polars, streaming, all collected together.  peer_polars.py INPUT OUTPUT THREADS"""

import json
import os
import sys

source, output, threads = sys.argv[1:4]
os.environ["POLARS_MAX_THREADS"] = threads
import polars as pl  # noqa: E402  (reads the variable when imported)

c = pl.col
events = pl.scan_parquet(f"{source}/**/*.parquet", hive_partitioning=True)
n, total, mean = pl.len().cast(pl.Int64), c.value.sum(), c.value.mean()


def users(column="user_id"):
    return c(column).drop_nulls().n_unique().cast(pl.Int64)


def last(frame, *keys):
    return frame.sort(*keys, nulls_last=True)


def cube():
    parts = []
    for gid, keys in enumerate([["category", "event_type"], ["category"], ["event_type"], []]):
        aggregates = [n.alias("event_count"), total.alias("total_value"), users().alias("unique_users")]
        part = events.group_by(keys).agg(aggregates) if keys else events.select(aggregates)
        missing = [pl.lit(None, dtype=pl.String).alias(k) for k in ("category", "event_type") if k not in keys]
        parts.append(part.with_columns(*missing, pl.lit(gid, dtype=pl.Int64).alias("grouping_id"))
                     .select("category", "event_type", "grouping_id", "event_count", "total_value", "unique_users"))
    return last(pl.concat(parts), "grouping_id", "category", "event_type")


def metrics():
    parts = []
    for name, keys in {"month": ["year", "month"], "category": ["category"], "event_type": ["event_type"], "total": []}.items():
        part = events.group_by(keys).agg(n.alias("events")) if keys else events.select(n.alias("events"))
        kinds = {"year": pl.Int64, "month": pl.Int64, "category": pl.String, "event_type": pl.String}
        columns = [(c(k).cast(t) if k in keys else pl.lit(None, dtype=t)).alias(k) for k, t in kinds.items()]
        parts.append(part.select(pl.lit(name).alias("metric"), *columns, "events"))
    return last(pl.concat(parts), "metric", "year", "month", "category", "event_type")


def trends():
    daily = events.group_by(c.timestamp.dt.date().alias("date"), "category").agg(
        n.alias("daily_events"), total.alias("daily_revenue"), users().alias("daily_active_users"))
    daily = daily.sort("category", "date", nulls_last=True)
    pairs = {"events_7d_ma": "daily_events", "revenue_7d_ma": "daily_revenue", "users_7d_ma": "daily_active_users"}
    return daily.with_columns(*[c(x).cast(pl.Float64).rolling_mean(7, min_samples=1).over("category").alias(a) for a, x in pairs.items()])


purchases = events.filter(c.event_type == "purchase")
frames = {
    "daily-activity": last(events.filter(c.event_type.is_in(["click", "view", "purchase"])).group_by("user_id", "year", "month", "day", "event_type")
                           .agg(n.alias("event_count"), total.alias("total_value"), mean.alias("avg_value")), "year", "month", "day", "user_id", "event_type"),
    "monthly-summary": last(events.group_by("year", "month", "category").agg(
        users().alias("unique_users"), n.alias("total_events"), total.alias("total_revenue"), mean.alias("avg_order_value")), "year", "month", "category"),
    "input-metrics": metrics(),
    "user-behavior": last(events.group_by("user_id").agg(
        users("event_type").alias("distinct_events"), n.alias("total_events"), total.alias("lifetime_value"),
        c.category.sort_by("timestamp", "event_type", "category", nulls_last=True).first().alias("primary_category"),
        c.timestamp.max().alias("last_activity")).filter(c.total_events >= 5), "user_id"),
    "product-stats": last(purchases.group_by("category").agg(
        n.alias("purchase_count"), total.alias("total_revenue"), mean.alias("avg_price"), users().alias("unique_buyers")), "category"),
    "daily-trends": trends(),
    "multi-dimensional": cube(),
    "purchase-revenue": purchases.group_by("category").agg(total.alias("revenue")).sort("revenue", "category", descending=[True, False], nulls_last=True),
}
partitioned = {"daily-activity": ["year", "month"], "daily-trends": ["category"]}
for name, result in zip(frames, pl.collect_all(list(frames.values()), engine="streaming")):
    if name in partitioned:
        os.mkdir(f"{output}/{name}")
        result.write_parquet(f"{output}/{name}", compression="snappy", partition_by=partitioned[name])
    else:
        result.write_parquet(f"{output}/{name}", compression="snappy")
print(json.dumps({"version": pl.__version__}))
