"""Both scripts in Spark, local: the same queries in its dialect.  peer_spark.py INPUT OUTPUT THREADS SCRIPT..."""

import json
import re
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "tests" / "e2e"))
import duckdb
import pyspark
from kit.oracle import parse_copy
from pyspark.sql import SparkSession

source, output, threads, scripts = sys.argv[1], sys.argv[2], sys.argv[3], sys.argv[4:]
spark = (SparkSession.builder.master(f"local[{threads}]").appName("bench").config("spark.driver.memory", "12g").config("spark.ui.enabled", "false")
         .config("spark.sql.session.timeZone", "UTC").config("spark.sql.shuffle.partitions", "16").config("spark.sql.adaptive.enabled", "true")
         .config("spark.sql.parquet.outputTimestampType", "TIMESTAMP_MICROS").config("spark.log.level", "ERROR").getOrCreate())
spark.read.parquet(source).createOrReplaceTempView("events")
FIRST = 'first(category ORDER BY "timestamp" NULLS LAST, event_type NULLS LAST, category NULLS LAST)'
MIN_BY = "min_by(category, struct(`timestamp` IS NULL, `timestamp`, event_type IS NULL, event_type, category IS NULL, category))"
seconds = []
for script in scripts:
    for statement in duckdb.extract_statements(Path(script).read_text()):
        query, name, partition_by = parse_copy(statement.query.strip().rstrip(";"))
        begin = time.monotonic()
        frame = spark.sql(re.sub(r'"(\w+)"', r"`\1`", query.replace(FIRST, MIN_BY)))
        writer = frame.coalesce(4 if name == "daily-activity" else 1).write.mode("overwrite").option("compression", "snappy")
        (writer.partitionBy(*partition_by) if partition_by else writer).parquet(f"{output}/{name}")
        seconds.append(time.monotonic() - begin)
print(json.dumps({"version": pyspark.__version__, "seconds": seconds}))
spark.stop()
