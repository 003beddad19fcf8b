#include "duckdb.h"
#include <stdio.h>
#include <string.h>
static duckdb_connection con;
static void say(const char *sql) {
    duckdb_result r; printf("> %s\n", sql);
    if (duckdb_query(con, sql, &r) != DuckDBSuccess) { printf("  ERR: %.300s\n", duckdb_result_error(&r)); duckdb_destroy_result(&r); return; }
    for (idx_t i = 0; i < duckdb_row_count(&r) && i < 6; i++) { printf("  "); for (idx_t c = 0; c < duckdb_column_count(&r); c++) { char *s = duckdb_value_varchar(&r, c, i); printf("%s%s", c ? " | " : "", s ? s : "NULL"); duckdb_free(s); } printf("\n"); }
    duckdb_destroy_result(&r);
}
typedef struct { double s; long n; } Sum;
static idx_t st_size(duckdb_function_info i) { (void)i; return sizeof(Sum); }
static void st_init(duckdb_function_info i, duckdb_aggregate_state s) { (void)i; memset(s, 0, sizeof(Sum)); }
static void st_update(duckdb_function_info i, duckdb_data_chunk in, duckdb_aggregate_state *st) {
    idx_t n = duckdb_data_chunk_get_size(in); double *d = duckdb_vector_get_data(duckdb_data_chunk_get_vector(in, 0));
    for (idx_t k = 0; k < n; k++) { Sum *s = (Sum *)st[k]; s->s += d[k]; s->n++; } }
static void st_combine(duckdb_function_info i, duckdb_aggregate_state *a, duckdb_aggregate_state *b, idx_t n) { for (idx_t k = 0; k < n; k++) { ((Sum *)b[k])->s += ((Sum *)a[k])->s; } }
static void st_final(duckdb_function_info i, duckdb_aggregate_state *st, duckdb_vector out, idx_t n, idx_t off) {
    double *d = duckdb_vector_get_data(out);
    for (idx_t k = 0; k < n; k++) { Sum *s = (Sum *)st[k]; d[off + k] = s->s + 1000000; } }
int main(void){ duckdb_database db; duckdb_config cfg; duckdb_create_config(&cfg); duckdb_set_config(cfg,"threads","2"); char*e=0; duckdb_open_ext(NULL,&db,cfg,&e); duckdb_connect(db,&con);
 say("select version()"); say("select extension_name, loaded from duckdb_extensions() where loaded");
 duckdb_aggregate_function_set set = duckdb_create_aggregate_function_set("sum");
 duckdb_aggregate_function af = duckdb_create_aggregate_function(); duckdb_aggregate_function_set_name(af, "sum"); duckdb_logical_type dt = duckdb_create_logical_type(DUCKDB_TYPE_DOUBLE); duckdb_aggregate_function_add_parameter(af, dt); duckdb_aggregate_function_set_return_type(af, dt);
 duckdb_aggregate_function_set_functions(af, st_size, st_init, st_update, st_combine, st_final);
 printf("reg sum %d\n", duckdb_register_aggregate_function(con, af));
 duckdb_aggregate_function_set_name(af, "my_sum"); printf("reg my_sum %d\n", duckdb_register_aggregate_function(con, af));
 say("select sum(i::double), sum(i), typeof(sum(i)) from range(10) t(i)");
 say("select my_sum(i::double), my_sum(i) from range(10) t(i)");
 say("create macro sum2(x) as case when typeof(x)='DOUBLE' then my_sum(x)::double else sum(x) end"); say("select sum2(i) from range(10) t(i)");
 say("select sum('inf'::double), sum(1.7e308::double) from range(10)");
 say("select sum(i::float), typeof(sum(i::float)), avg(i::float) from range(10) t(i)");
 say("select json_serialize_sql('select sum(x), avg(y) filter (y>1) over (partition by z) from t where a=$p')");
 return 0; }
