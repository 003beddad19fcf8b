-- Three million flights of US carriers, January to June 2001: routes, airports, hours, delays.
-- Input: date (departure, local time), delay (minutes, at arrival), distance (miles), origin, destination.

CREATE TEMP VIEW late AS SELECT * FROM flights WHERE delay >= $late;

-- Every route by month, with its share of late flights.
COPY (
  SELECT month("date") AS month, origin, destination,
         count(*) AS flights,
         count(*) FILTER (WHERE delay >= $late) AS late_flights,
         avg(delay) AS avg_delay, max(delay) AS worst_delay, sum(distance) AS miles
  FROM flights
  GROUP BY month("date"), origin, destination
  ORDER BY month, flights DESC, origin, destination
) TO 'routes' (FORMAT parquet, PARTITION_BY (month));

-- Departures and arrivals of an airport.
COPY (
  WITH departures AS (
    SELECT origin AS airport, count(*) AS departures, avg(delay) AS avg_delay, count(DISTINCT destination) AS destinations
    FROM flights
    GROUP BY origin
  ), arrivals AS (
    SELECT destination AS airport, count(*) AS arrivals, avg(delay) AS avg_arrival_delay
    FROM flights
    GROUP BY destination
  )
  SELECT airport, departures, arrivals, destinations, avg_delay, avg_arrival_delay
  FROM departures JOIN arrivals USING (airport)
  ORDER BY departures DESC, airport
) TO 'airports' (FORMAT parquet);

-- The five busiest hours of every weekday.
COPY (
  WITH hourly AS (
    SELECT isodow("date") AS weekday, hour("date") AS hour, count(*) AS flights, avg(delay) AS avg_delay
    FROM flights
    GROUP BY isodow("date"), hour("date")
  )
  SELECT weekday, hour, flights, avg_delay, rank() OVER (PARTITION BY weekday ORDER BY flights DESC, hour) AS rank
  FROM hourly
  QUALIFY rank <= 5
  ORDER BY weekday, rank
) TO 'busiest-hours' (FORMAT parquet);

-- Flights and delay by day, and over seven days.
COPY (
  WITH daily AS (
    SELECT CAST("date" AS DATE) AS day, count(*) AS flights, avg(delay) AS avg_delay
    FROM flights
    GROUP BY CAST("date" AS DATE)
  )
  SELECT day, flights, avg_delay,
         avg(flights) OVER week AS flights_7d,
         avg(avg_delay) OVER week AS avg_delay_7d
  FROM daily
  WINDOW week AS (ORDER BY day ROWS BETWEEN 6 PRECEDING AND CURRENT ROW)
  ORDER BY day
) TO 'daily' (FORMAT parquet);

-- Late flights by month and length of flight, with all totals.
COPY (
  SELECT month("date") AS month,
         CASE WHEN distance < 500 THEN 'short' WHEN distance < 1500 THEN 'medium' ELSE 'long' END AS length,
         grouping_id(month("date"), CASE WHEN distance < 500 THEN 'short' WHEN distance < 1500 THEN 'medium' ELSE 'long' END) AS grouping_id,
         count(*) AS late_flights, sum(delay) AS minutes, avg(delay) AS avg_delay
  FROM late
  GROUP BY CUBE (month("date"), CASE WHEN distance < 500 THEN 'short' WHEN distance < 1500 THEN 'medium' ELSE 'long' END)
  ORDER BY grouping_id, month, length
) TO 'late-by-length' (FORMAT parquet);
