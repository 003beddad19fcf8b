/* SPDX-License-Identifier: Apache-2.0
 *
 * The queries of test_separate.c. */
#pragma once

static const struct row rows[] = {
    {"SELECT user_id, year, month, day, event_type, count(*) AS event_count, sum(value) AS "
     "total_value,"
     " avg(value) AS avg_value FROM events WHERE event_type IN ('click', 'view', 'purchase')"
     " GROUP BY user_id, year, month, day, event_type ORDER BY year NULLS LAST, month NULLS LAST,"
     " day NULLS LAST, user_id NULLS LAST, event_type NULLS LAST",
     1, NULL, false},
    {"SELECT year, month, category, count(DISTINCT user_id) AS unique_users, count(*) AS "
     "total_events,"
     " sum(value) AS total_revenue, avg(value) AS avg_order_value FROM events"
     " GROUP BY year, month, category ORDER BY year NULLS LAST, month NULLS LAST, category NULLS "
     "LAST",
     1, NULL, false},
    {"SELECT CASE grouping_id(year, month, category, event_type) WHEN 3 THEN 'month' WHEN 13 THEN"
     " 'category' WHEN 14 THEN 'event_type' ELSE 'total' END AS metric, year, month, category,"
     " event_type, count(*) AS events FROM events GROUP BY GROUPING SETS ((), (year, month),"
     " (category), (event_type)) ORDER BY metric NULLS LAST, year NULLS LAST, month NULLS LAST,"
     " category NULLS LAST, event_type NULLS LAST",
     1, NULL, false},
    {"SELECT user_id, count(DISTINCT event_type) AS distinct_events, count(*) AS total_events,"
     " sum(value) AS lifetime_value, first(category ORDER BY \"timestamp\" NULLS LAST, event_type"
     " NULLS LAST, category NULLS LAST) AS primary_category, max(\"timestamp\") AS last_activity"
     " FROM events GROUP BY user_id HAVING count(*) >= 5 ORDER BY user_id NULLS LAST",
     1, NULL, false},
    {"SELECT category, count(*) AS purchase_count, sum(value) AS total_revenue, avg(value) AS "
     "avg_price,"
     " count(DISTINCT user_id) AS unique_buyers FROM events WHERE event_type = 'purchase'"
     " GROUP BY category ORDER BY category NULLS LAST",
     1, NULL, false},
    {"WITH daily AS (SELECT CAST(\"timestamp\" AS DATE) AS date, category, count(*) AS "
     "daily_events,"
     " sum(value) AS daily_revenue, count(DISTINCT user_id) AS daily_active_users FROM events"
     " GROUP BY CAST(\"timestamp\" AS DATE), category) SELECT date, category, daily_events,"
     " daily_revenue, daily_active_users, avg(daily_events) OVER seven_rows AS events_7d_ma,"
     " avg(daily_revenue) OVER seven_rows AS revenue_7d_ma, avg(daily_active_users) OVER seven_rows"
     " AS users_7d_ma FROM daily WINDOW seven_rows AS (PARTITION BY category ORDER BY date NULLS "
     "LAST"
     " ROWS BETWEEN 6 PRECEDING AND CURRENT ROW) ORDER BY category NULLS LAST, date NULLS LAST",
     1, NULL, false},
    {"SELECT category, event_type, grouping_id(category, event_type) AS grouping_id, count(*) AS"
     " event_count, sum(value) AS total_value, count(DISTINCT user_id) AS unique_users FROM events"
     " GROUP BY CUBE (category, event_type) ORDER BY grouping_id, category NULLS LAST, event_type"
     " NULLS LAST",
     1, NULL, false},
    {"SELECT category, count(DISTINCT (user_id, event_type)) AS pairs,"
     " count(DISTINCT row(nullif(category, 'c'))) AS one,"
     " count(DISTINCT (nullif(user_id, 'u'), year, month)) FILTER (WHERE value > 1) AS months"
     " FROM events GROUP BY category ORDER BY category NULLS LAST",
     1, NULL, false},
    {"SELECT category, sum(value) AS revenue FROM events WHERE event_type = 'purchase'"
     " GROUP BY category ORDER BY revenue DESC NULLS LAST, category NULLS LAST",
     1, NULL, false},
    {"select category, count(*) from events group by all order by 2 desc, 1", 1, NULL, false},
    {"select category c, date_trunc('day', \"timestamp\") d, sum(value)/count(*) x, count(*) filter"
     " (event_type='click') n from events e where e.value>3 group by c, d having n>2 and "
     "sum(value)>5"
     " order by x desc, c, d limit 50",
     1, NULL, false},
    {"select Category, EVENT_TYPE, grouping(category) g, grouping_id(event_type, category) gg,"
     " count(*)*2+1 n from events group by rollup(category, event_type) order by all",
     1, NULL, false},
    {"select events.category, upper(category) u, max(value) from events group by category"
     " order by category desc nulls first",
     1, NULL, false},
    {"select category, sum(count(*)) over (order by category) run, rank() over (order by count(*)"
     " desc, category) r from events group by category qualify r<=3 order by r",
     1, NULL, false},
    {"select count(*), sum(value), min(\"timestamp\"), count(distinct user_id) from events", 1,
     NULL, false},
    {"select count(*) n from events where false", 1, NULL, false},
    {"select category, count(*) from events where false group by category", 1, NULL, false},
    {"select count(*), sum(value), grouping(category) from events where false group by"
     " grouping sets ((category), (), ())",
     1, NULL, true},
    {"select case when event_type='click' then 'c' else 'other' end k, avg(value) from events "
     "group by 1"
     " order by k",
     1, NULL, false},
    {"select n, total from (select category, sum(value) total from events group by category) t "
     "join dim"
     " using (category) order by n",
     1, NULL, false},
    {"with a as (select user_id, count(*) n from events group by user_id), b as (select n, count(*)"
     " users from a group by n) select * from b order by n",
     1, "result of another rollup", false},
    {"select category, first(event_type order by \"timestamp\", event_type, user_id) f from events"
     " group by category order by category",
     1, NULL, false},
    {"select category, list(value order by value) from events group by category order by category",
     0, "list() is not one", false},
    {"select d.n, count(*) from events e join dim d on e.category=d.category group by d.n order by "
     "1",
     1, NULL, false},
    {"select category, count(*) from events group by category union all select event_type, count(*)"
     " from events group by event_type order by 1,2",
     2, NULL, false},
    {"select category, count(*) c from events group by category having count(*) > (select 10) "
     "order by 1",
     0, "sub-query", false},
    {"select day+1 as day, count(*) from events group by day order by 1,2", 1, NULL, false},
    {"select day+1 as day2, count(*) from events group by day2 order by 1,2", 1, NULL, false},
    {"select day as month, count(*) from events group by month, day order by 1,2", 1, NULL, false},
    {"select day, month, day+month x, count(*) n from events group by all order by x desc, n, day, "
     "month",
     1, NULL, false},
    {"select category, count(*) n, n*2 as m from events group by category order by m desc, "
     "category",
     1, NULL, false},
    {"select category || 'x', count(*) from events group by category || 'x' order by category || "
     "'x'",
     1, NULL, false},
    {"select category, event_type, sum(value) s, sum(day) over_all from events group by category,"
     " event_type order by sum(value) desc, 1, 2",
     1, NULL, false},
    {"select distinct category, count(*)>100 b from events group by category, event_type order by "
     "1,2",
     1, NULL, false},
    {"select category from events group by category order by max(value), category", 1, NULL, false},
    {"select 1 from events group by category order by category", 1, NULL, false},
    {"select sum(value) filter (where event_type='purchase' and value>1) s, category from events"
     " group by category order by category",
     1, NULL, false},
    {"select year(\"timestamp\") y, count(*) from events group by year(\"timestamp\") order by y",
     1, NULL, false},
    {"select (select max(n) from dim) m, count(*) from events group by all", 1, "sub-query", false},
    {"select category, count(*) from events group by grouping sets ((category),(category),()) "
     "order by 1,2",
     1, NULL, false},
    {"select CAST(\"timestamp\" AS DATE) AS date, category, avg(sum(value)) over (partition by "
     "category"
     " order by CAST(\"timestamp\" AS DATE) nulls last rows 6 preceding) ma from events group by "
     "date,"
     " category order by 2,1",
     1, NULL, false},
    {"with e as (select *, \"timestamp\"::date as dt from events where value > 3) select dt, "
     "category,"
     " sum(value) s, count(*) from e group by dt, category order by all",
     1, NULL, false},
    {"with e as (select * from events where value > 3), f as (select user_id, category c from e)"
     " select c, count(distinct user_id) from f group by c order by c",
     1, NULL, false},
    {"select d.n, e.event_type, count(*), sum(value) from events e left join dim d on"
     " e.category=d.category group by d.n, e.event_type order by 1,2",
     1, NULL, false},
    {"select d.n, event_type, count(*) from events e, dim d where e.category=d.category group by "
     "d.n,"
     " e.event_type order by 1,2",
     1, NULL, false},
    {"select t.c, count(*) from (select category c from events where year=2024) t group by t.c "
     "order by c",
     1, NULL, false},
    {"select category, min_by(event_type, \"timestamp\") from events where \"timestamp\" is not "
     "null and"
     " event_type is not null group by category order by 1",
     1, NULL, false},
    {"select category, (select count(*) from dim where dim.category = events.category) x from "
     "events"
     " where user_id='u1' order by all",
     0, "does not stand alone", false},
    {"select d.n, (select sum(value) from events e where e.category=d.category) s from dim d order "
     "by 1",
     0, "does not stand alone", false},
    {"select category, avg(n) from (select category, user_id, count(*) n from events group by all)"
     " group by category order by 1",
     1, "result of another rollup", false},
    /* names */
    {"select \"a0\", \"g0\" as \"a0\", sum(\"c1\") as \"g0\", count(*) as \"gs\" from \"odd "
     "\"\"table\""
     " group by \"a0\", \"g0\" order by \"g0\" nulls last, 1, 2",
     1, NULL, false},
    {"select sum(\"a \"\"b\") as \"x \"\"y\", g0 from \"odd \"\"table\" group by G0 order by g0", 1,
     NULL, false},
    {"select g0 as c0, c0 as c9, sum(c1) as c1 from (select g0, c1 from \"odd \"\"table\") t group "
     "by g0"
     " order by c0",
     1, NULL, false},
    {"SELECT CATEGORY, \"Event_Type\", COUNT(*) FROM Events GROUP BY category, EVENT_TYPE ORDER BY "
     "1, 2",
     1, NULL, false},
    {"select -day as day, count(*) from events group by events.day order by day", 1, NULL, false},
    {"select -day as day, count(*) from events group by events.day order by day + 0", 1, NULL,
     false},
    {"select -day as day, count(*) from events group by events.day having day > 20 order by 1", 1,
     NULL, false},
    {"select value * 2 as v2, count(*) from events where v2 > 770 group by v2 order by v2", 1, NULL,
     false},
    {"select day % 7 as k, sum(id) from events group by k having k > 2 order by -k", 1, NULL,
     false},
    {"with events as (select * from events where day < 9) select category, count(*), sum(value) "
     "from"
     " events group by category order by 1",
     1, NULL, false},
    {"with events as (select * from events where day < 9), x as (with events as (select * from "
     "events"
     " where day > 3) select * from events) select x.category, count(*) from x join events on"
     " x.id = events.id group by x.category order by 1",
     1, NULL, false},
    {"select t.category, t.n from (with dim as (select category, count(*) n from events group by 1)"
     " select * from dim) t join dim on t.category = dim.category order by 1",
     1, NULL, false},
    {"select e.category, count(*) from events e join events f on e.id = f.id + 1 where f.day > 14"
     " group by e.category order by 1",
     1, NULL, false},
    {"select category, count(*) from events join dim using (category) group by category order by 1",
     1, NULL, false},
    {"select category, count(*) from events left join dim using (category) group by category order "
     "by 1",
     1, NULL, false},
    {"select n, count(*) from events natural join dim group by n order by n", 1, NULL, false},
    {"select main.events.category, count(*) from main.events group by main.events.category order "
     "by 1",
     1, NULL, false},
    /* sums of doubles, kept names */
    {"select category, sum(value), avg(value), sum(ratio), avg(ratio), sum(price), avg(price), "
     "sum(day),"
     " avg(day) from events group by category order by 1",
     1, NULL, false},
    {"select sum(value) + 1, -sum(value), round(avg(value), 3), sum(value)::INTEGER, "
     "coalesce(sum(value),"
     " 0), sum(value) > 3 and true, value.sum() from events",
     1, NULL, false},
    {"select sum(distinct value), avg(distinct ratio) from events", 0, "DISTINCT inside sum()",
     false},
    {"select sum(value order by id), avg(value order by id desc) from events", 1, NULL, false},
    {"select id, sum(value) over (order by id rows 3 preceding), avg(value) over (partition by "
     "day) from"
     " events order by id limit 500",
     0, NULL, false},
    {"select id, sum(value) over () a, avg(value) over (partition by month) b, sum(distinct ratio) "
     "over"
     " (partition by month) c, sum(value) over (order by id rows between unbounded preceding and"
     " unbounded following) d, sum(value) over (partition by day order by id range between current "
     "row"
     " and unbounded following) e, avg(value) over (order by id rows between 5 preceding and 5 "
     "following"
     " exclude current row) f from events where id < 3000 order by id",
     0, NULL, false},
    {"select category, sum(value) s, sum(sum(value)) over () t, sum(value) / sum(sum(value)) over "
     "() u"
     " from events group by category order by 1",
     1, NULL, false},
    {"select id, sum(value) filter (where day > 3) over (order by id) from events order by id "
     "limit 300",
     0, NULL, false},
    {"select \"sum(\"\"value\"\")\" + 1 from (select sum(value) from events)", 1, NULL, false},
    {"select (select sum(value) from events), (select count(*) from dim)", 2, NULL, false},
    {"select median(value), sum(value), fsum(value), mean(value), favg(ratio) from events", 0,
     "median() is not one", false},
    {"select sum(value) from events union all select sum(id) from events order by 1", 2, NULL,
     false},
    {"select kahan_sum(value) k, sumkahan(value) from events", 1, NULL, false},
    {"select category from events group by category having avg(value) > 190 order by sum(value), 1",
     1, NULL, false},
    /* kinds of queries */
    {"select category, n from (select category, count(*) n from events group by category) where n "
     "> 10"
     " order by 1",
     1, NULL, false},
    {"select count(*) from (select distinct category, event_type from events)", 1, NULL, false},
    {"select category, count(*) from events group by category except select category, n from dim "
     "order by 1",
     1, NULL, false},
    {"select category, count(*), row_number() over (order by category nulls first) r from events "
     "group by"
     " category order by r desc limit 3 offset 1",
     1, NULL, false},
    {"with recursive r as (select 1 as i union all select i + 1 from r where i < 4) select i, "
     "count(*)"
     " from r join events on day = i group by i order by i",
     1, NULL, false},
    {"select * from (select category, sum(value) s from events group by category) order by all", 1,
     NULL, false},
    {"select category, sum(x) from (values ('a', 1), ('b', 2)) t(category, x) group by 1 order by "
     "1",
     0, "no table", false},
    {"select count(*), sum(7)", 0, "reads no table", false},
    {"select category, min(value, 2) from events group by 1 order by 1", 0, "min() with 2", false},
    {"select distinct on (category) category, count(*) from events group by category, month"
     " order by category, 2",
     0, "DISTINCT ON", false},
    {"select list_sum(list_transform([1, 2], x -> x + 1)), count(*) from events group by all", 0,
     "lambda", false},
    {"select max(n) from (select count(*) n from nothing group by category)", 1, "another rollup",
     false},
    {"select sum(day), sum(id)::HUGEINT from nothing", 1, NULL, false},
    {"select shade, count(*) from paint group by shade order by shade desc", 1, NULL, false},
    {"select category, sum(id) s from events group by category order by s desc limit 2", 1, NULL,
     false},
    {"(select category, sum(id) s from events group by category order by s limit 2) union all"
     " (select event_type, sum(id) from events group by 1 order by 2 limit 1) order by s",
     2, NULL, false},
    {"select *, sum(day) over () as t from dim, (select day from events where id < 2) order by all",
     0, NULL, false},
    {"select arg_max(user_id, id), arg_min(category, id), max_by(event_type, -id) from events", 1,
     NULL, false},
    {"select count(value), count(distinct value), count(value) filter (where value > 9) from "
     "events",
     1, NULL, false},
    {"select category, grouping(category, month) from events group by cube (month, category)"
     " having grouping(month) = 1 order by 1, 2",
     1, NULL, false},
    {"select category as k, category || '!' as l, count(*) c, c + 1 from events group by category, "
     "l order by 1",
     1, NULL, false},
    {"select lower(category) as category, count(*) from events group by all order by category", 1,
     NULL, false},
    {"select category, event_type from events group by all order by 1, 2", 1, NULL, false},
    {"select count(*) from events group by ()", 1, NULL, false},
    {"select category, count(*) as \"count\" from events group by category order by \"count\", "
     "category",
     1, NULL, false},
    {"select * exclude (n) from (select category, count(*) n from events group by 1) order by 1", 1,
     NULL, false},
    {"select category, columns('user_id|day') from events where id < 5 order by all", 0, NULL,
     false},
    {"select count(*) c from events e where exists (select 1 from dim where dim.category = "
     "e.category)",
     0, "sub-query", false},
    {"select category, sum(value) from events tablesample reservoir(100%) group by 1 having "
     "count(*) > 0"
     " order by 1",
     0, "TABLESAMPLE", false},
    {"select 'k', count(*) from events where false group by all", 1, NULL, false},
    {"select 1 + 1 as x, category, count(*) from events group by all order by all", 1, NULL, false},
    {"select 'k' from (select * from events where id < 4) group by all", 0, "without keys", false},
    {"select 'k', count(*) from events where false group by 'k'", 1, NULL, false},
    {"select max(value) as day, day as k from events group by all having day > 1 order by k", 0,
     "is a column and an alias", false},
    {"select max(value) as day, day as k from events group by events.day having day > 1 order by k",
     1, NULL, false},
    {"select day, count(*) as n from events group by all having day > 1 and n > 2 order by day", 1,
     NULL, false},
    {"select category, count(*) n from events group by all having day > 1 order by all", 0,
     "adds a key", false},
    {"select day % 2 as x, count(*) n from events group by all having x > 0 order by all", 0,
     "names a key by its alias", false},
    {"select category, count(*) n from events e group by all having n > 3 and e.category > 'a' "
     "order by 1",
     1, NULL, false},
    {"select s, count(*) from (select category from events) s group by s order by 1", 0,
     "whole row", false},
    {"select count(distinct events) from events where id < 50", 0, "whole row", false},
    {"select category as s, count(*) from (select category from events) s group by category order "
     "by s",
     1, NULL, false},
    {"select day as id, abs(id % 3) as k, count(*) as n from events group by day, abs(id % 3) "
     "having"
     " abs(id % 3) > 1 order by all",
     0, "is a column and an alias", false},
    {"select day as id, id % 3 as k, sum(id) as n from events group by day, id % 3 having sum(id) "
     "> "
     "9000 order by all",
     1, NULL, false},
    {"select day, e.day as x, count(*) as n, grouping_id(day, x) as level from events e group by "
     "grouping sets ((day, x), (day), ()) order by all",
     0, "in two spellings", false},
    /* an alias of what is stored as another type (HUGEINT as BIGINT) */
    {"select s as x, count(*) as n from (select sum(day) as s from events group by user_id) group "
     "by x order by s",
     1, "result of another rollup", false},
    {"select s as x, count(*) + s as n from (select sum(day) as s from events group by user_id) "
     "group by 1 having s > 3 order by x desc",
     1, "result of another rollup", false},
    {"select s as a, last(k order by k) as s, grouping_id(s) as level from (select category as k,"
     " sum(day) as s from events group by category) group by cube (a) having s is not null order "
     "by s, level",
     1, "result of another rollup", false},
    {"select distinct s as x from (select sum(day) as s from events group by user_id) order by 1",
     1, "result of another rollup", false},
    {"select sum(day) as x, rank() over (order by x) as r, category from events group by category "
     "order by r, category",
     1, NULL, false},
    /* SELECT DISTINCT */
    {"select distinct category, event_type from events order by 1, 2", 1, NULL, false},
    {"select distinct value, ratio, price, \"timestamp\" from events order by all", 1, NULL, false},
    {"select distinct upper(category) as c, day % 7 as d, day > 9 from events e where e.value > 3 "
     "and"
     " d < 5 order by d desc nulls first, c, 3",
     1, NULL, false},
    {"select distinct day + 1 as day, month, 'x' as x, 7 as seven from events order by day, 2 desc"
     " limit 9 offset 2",
     1, NULL, false},
    {"select distinct category, e.category, CATEGORY || 'x' from events e order by category", 1,
     NULL, false},
    {"select distinct n, events.category from events join dim using (category) order by 1", 1, NULL,
     false},
    {"with late as (select * from events where value > 3) select distinct category from late order "
     "by 1",
     1, NULL, false},
    {"select distinct shade from paint order by 1", 1, NULL, false},
    {"select distinct category from events where false", 1, NULL, false},
    {"select distinct category, day from nothing", 1, NULL, false},
    {"select distinct category, count(*) over () as n from events order by 1", 0,
     "a window call in SELECT DISTINCT", false},
    {"select distinct category from events qualify row_number() over (partition by day order by id)"
     " = 1 order by 1",
     0, "a window call in SELECT DISTINCT", false},
    {"select distinct * from dim order by all", 0, "* in SELECT DISTINCT", false},
    {"select distinct 1 as one, 'x' as x from events", 0, "nothing but constants", false},
    {"select distinct 1 as one from nothing", 0, "nothing but constants", false},
    {"select distinct category, (select max(n) from dim) as m from events order by 1", 1,
     "a sub-query in an expression", false},
    {"select distinct category, unnest([1, 2, 1]) as u from events order by all", 0,
     "unnest() in SELECT DISTINCT", false},
    {"select distinct category, 1 + unlist([day, 3]) as u from events order by all", 0,
     "unlist() in SELECT DISTINCT", false},
    {"select distinct day + 1 as d, d * 2 as e from events order by d", 0, "does not bind", false},
    {"select distinct on (category) category, id from events order by category, id", 0, NULL,
     false},
    {"select * from (select distinct category from events) order by 1", 0, NULL, false},
    {"select distinct category from events union all select 'x' order by 1", 0, NULL, false},
    {"select category, count(*) from (select distinct category, user_id from events) group by 1 "
     "order by 1",
     1, NULL, false},
    /* what the kernel makes of calls */
    {"select category, last(event_type order by k, id), last(event_type order by k desc nulls "
     "first,"
     " id), any_value(event_type order by k nulls first, id), arbitrary(event_type order by k desc,"
     " id), any_value(event_type order by id desc) from (select *, case when id % 5 > 0 then value "
     "end as k from events) group by category order by 1",
     1, NULL, false},
    {"select category, arg_min(event_type, k), arg_max(event_type, k), arg_min_null(event_type, k),"
     " arg_max_null(event_type, k), min_by(event_type, k), max_by(event_type, -k), argmin(value, "
     "k),"
     " argmax(value, k) filter (value > 9) from (select *, case when id % 5 > 0 then id end as k "
     "from"
     " events) group by category order by 1",
     1, NULL, false},
    {"select first(id order by k nulls last), last(id order by k nulls first), arg_min(id, k) from "
     "(select id, case when id > 3 then NULL else id end as k from events where id > 0)",
     1, NULL, false},
    {"select first(9 order by k nulls last), arg_min_null(9, k), arg_min(9, k) from (select "
     "NULL::INT k from events)",
     1, NULL, false},
    {"select category, min(distinct day), max(distinct value), bool_and(value > 3), bool_or(value >"
     " 390), mean(day), mean(value), avg(price), avg(id::UBIGINT), sum(id::UINTEGER), min(price),"
     " max(ratio), min(category), max(\"timestamp\"), min(value > 3), sum(value > 3) from events "
     "group by"
     " category order by 1",
     1, NULL, false},
    {"select count(1), count(NULL), count([id]), count([id]) filter (day > 3), count(NULL::INT[]) "
     "from"
     " events",
     1, NULL, false},
    {"select id::HUGEINT % 3 as h, price > 300 as p, (price / 2)::DECIMAL(30, 4) % 2 > 1 as d, "
     "ratio"
     " % 2 as r, date_trunc('month', \"timestamp\") as m, count(*), sum(ratio) from events group "
     "by all order"
     " by all",
     1, NULL, false},
    {"select \"timestamp\"::TIMESTAMPTZ as z, \"timestamp\"::DATE as d, count(distinct price) from"
     " events where day < 3 group by all order by all",
     1, NULL, false},
    /* what may fail on rows that its WHERE keeps out, beside a rollup that wants them */
    {"select sum(cast(coalesce(event_type, '7') as int)) s from events where event_type is null "
     "union"
     " all select count(*) from events order by 1",
     2, NULL, false},
    {"select cast(coalesce(event_type, '7') as int) k, count(*) n from events where cast(coalesce("
     "event_type, '7') as int) > 3 and event_type is null group by k union all select day, count(*)"
     " from events where event_type is not null group by day order by 1, 2",
     2, NULL, false},
    {"select max(cast(coalesce(event_type, '7') as int) + day) k, count(*) filter (cast(coalesce("
     "event_type, '7') as int) < 9), first(day order by cast(coalesce(event_type, '7') as int), "
     "day)"
     " from events where (event_type is null and cast(coalesce(event_type, '7') as int) > 3) and "
     "day > 1 and day "
     "is "
     "not null union all select NULL, count(*), 7 from events order by 2",
     2, NULL, false},
    {"select count(*) n from events where event_type in ('a', 'b') or event_type is not null or"
     " cast(event_type as int) is null union all select sum(day) from events order by 1",
     2, NULL, false},
    {"select count(*) n from events where day union all select sum(day) filter (day - 1) from "
     "events"
     " where not (value > 3) order by 1",
     2, NULL, false},
};
