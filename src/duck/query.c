/* SPDX-License-Identifier: Apache-2.0
 *
 * A statement with a watch runs on a thread of its own, while the calling thread looks at the clock, the signals and the
 * progress: duckdb_pending_execute_task would leave the watching to the thread that is busy with a task, and a task may
 * take seconds. All others run on the calling thread, and the database's lookout minds the signals. */
#include "duck/duck.h"
#include "duck/handle.h"
#include "duck/lookout.h"
#include "util/interrupt.h"
#include <duckdb.h>

enum { LOOK_US = 100 * 1000 };

/* What runs on the thread of its own. */
struct running {
  void (*work)(gpointer data);
  gpointer data;
  GMutex lock;
  GCond changed;
  bool done; /* under lock */
};

static gpointer
run_work(gpointer data)
{
  struct running *running = data;
  running->work(running->data);
  g_mutex_lock(&running->lock);
  running->done = true;
  g_cond_signal(&running->changed);
  g_mutex_unlock(&running->lock);
  return NULL;
}

static bool
wait_a_look(struct running *running)
{
  gint64 until = g_get_monotonic_time() + LOOK_US;
  g_mutex_lock(&running->lock);
  while (!running->done && g_cond_wait_until(&running->changed, &running->lock, until))
    continue;
  bool done = running->done;
  g_mutex_unlock(&running->lock);
  return done;
}

static double
share_done(duckdb_connection connection)
{
  double percentage = duckdb_query_progress(connection).percentage;
  return percentage < 0 ? -1 : MIN(percentage / 100, 1.0);
}

/* The interrupt is repeated: one that comes before the statement has begun is forgotten by DuckDB. */
static void
watch_over(struct duck_connection *connection, struct running *running, duck_watch watch,
           gpointer user)
{
  bool stop = false;
  while (!wait_a_look(running)) {
    stop = stop || interrupt_signal() != 0;
    if (!stop)
      stop = !watch(share_done(connection->handle), user);
    if (stop)
      duckdb_interrupt(connection->handle);
  }
}

static void
run_here(struct duck_connection *connection, void (*work)(gpointer data), gpointer data)
{
  struct lookout *lookout = connection->duck->lookout;
  struct lookout_post post = {.connection = connection->handle};
  lookout_enter(lookout, &post);
  work(data);
  lookout_leave(lookout, &post);
}

/* DuckDB counts progress with each task, and whenever a thread looks for one: not before someone wants to know. */
static void
count_progress(struct duck_connection *connection)
{
  duckdb_result result = {0};
  if (!connection->counts_progress)
    connection->counts_progress =
        duckdb_query(connection->handle, "PRAGMA enable_progress_bar", &result) == DuckDBSuccess;
  duckdb_destroy_result(&result);
}

static void
run_watched(struct duck_connection *connection, void (*work)(gpointer data), gpointer data,
            duck_watch watch, gpointer user)
{
  struct running running = {.work = work, .data = data};
  count_progress(connection);
  g_mutex_init(&running.lock);
  g_cond_init(&running.changed);
  GThread *thread = g_thread_try_new("statement", run_work, &running, NULL);
  if (thread == NULL) {
    work(data); /* no thread to be had: unwatched is better than not at all */
  } else {
    watch_over(connection, &running, watch, user);
    (void)g_thread_join(thread);
  }
  g_cond_clear(&running.changed);
  g_mutex_clear(&running.lock);
}

void
query_watch(struct duck_connection *connection, void (*work)(gpointer data), gpointer data,
            duck_watch watch, gpointer user)
{
  if (watch == NULL)
    run_here(connection, work, data);
  else
    run_watched(connection, work, data, watch, user);
}

struct execution {
  duckdb_prepared_statement statement;
  duckdb_result result;
  bool done;
};

static void
execute(gpointer data)
{
  struct execution *execution = data;
  execution->done =
      duckdb_execute_prepared(execution->statement, &execution->result) == DuckDBSuccess;
}

struct duck_fault *
query_fault(bool done, void *duckdb_result_pointer, const char *sql)
{
  const char *refusal = duckdb_result_error(duckdb_result_pointer);
  if (refusal != NULL)
    return duck_fault_parse(refusal, sql);
  return done ? NULL : fault_new(DUCK_FAULT_LIMIT, "no memory is left for the query");
}

static struct duck_result *
execute_statement(struct duck_connection *connection, const char *sql,
                  duckdb_prepared_statement statement, duck_watch watch, gpointer user,
                  struct duck_fault **ret_fault)
{
  struct execution execution = {.statement = statement};
  if (interrupt_signal() != 0) {
    *ret_fault = fault_new(DUCK_FAULT_STOPPED, "interrupted");
    return NULL;
  }
  query_watch(connection, execute, &execution, watch, user);
  struct duck_fault *fault = query_fault(execution.done, &execution.result, sql);
  if (fault == NULL)
    return result_take(connection, &execution.result, ret_fault);
  *ret_fault = fault;
  duckdb_destroy_result(&execution.result);
  return NULL;
}

/* Takes the statement over. */
static struct duck_result *
run_statement(struct duck_connection *connection, const char *sql,
              duckdb_prepared_statement statement, duck_watch watch, gpointer user,
              struct duck_fault **ret_fault)
{
  if (connection->described != NULL) /* views and time zone may be others now */
    g_hash_table_remove_all(connection->described);
  struct duck_result *result =
      execute_statement(connection, sql, statement, watch, user, ret_fault);
  duckdb_destroy_prepare(&statement);
  return result;
}

static void
extracted_free(duckdb_extracted_statements *statements)
{
  duckdb_destroy_extracted(statements);
}
#define EXTRACTED_AUTO __attribute__((cleanup(extracted_free))) duckdb_extracted_statements

static duckdb_prepared_statement
prepare_one(duckdb_connection connection, const char *sql, duckdb_extracted_statements statements,
            idx_t index, struct duck_fault **ret_fault)
{
  duckdb_prepared_statement statement = NULL;
  if (duckdb_prepare_extracted_statement(connection, statements, index, &statement) ==
      DuckDBSuccess)
    return statement;
  *ret_fault = duck_fault_parse(duckdb_prepare_error(statement), sql);
  duckdb_destroy_prepare(&statement);
  return NULL;
}

duckdb_prepared_statement
query_prepare(struct duck_connection *connection, const char *sql, struct duck_fault **ret_fault)
{
  EXTRACTED_AUTO statements = NULL;
  idx_t count = duckdb_extract_statements(connection->handle, sql, &statements);
  const char *refusal = duckdb_extract_statements_error(statements);
  if (refusal != NULL) {
    *ret_fault = duck_fault_parse(refusal, sql);
    return NULL;
  }
  if (count != 1) {
    *ret_fault =
        fault_new(DUCK_FAULT_SYNTAX, "one statement is expected here, not %u", (guint)count);
    return NULL;
  }
  return prepare_one(connection->handle, sql, statements, 0, ret_fault);
}

static bool
bind_texts(duckdb_prepared_statement statement, const char *const *parameters,
           struct duck_fault **ret_fault)
{
  for (idx_t i = 0; parameters != NULL && parameters[i] != NULL; i++)
    if (duckdb_bind_varchar(statement, i + 1, parameters[i]) != DuckDBSuccess) {
      *ret_fault = fault_new(DUCK_FAULT_BIND, "the text is not valid UTF-8");
      return false;
    }
  return true;
}

struct duck_result *
query_run(struct duck_connection *connection, const char *sql, const char *const *parameters,
          duck_watch watch, gpointer user, struct duck_fault **ret_fault)
{
  duckdb_prepared_statement statement = query_prepare(connection, sql, ret_fault);
  if (statement == NULL)
    return NULL;
  if (bind_texts(statement, parameters, ret_fault))
    return run_statement(connection, sql, statement, watch, user, ret_fault);
  duckdb_destroy_prepare(&statement);
  return NULL;
}

static struct duck_result *
run_kept(struct duck_connection *connection, enum query_kept which, const char *sql,
         const char *parameter, GError **error)
{
  const char *const parameters[] = {parameter, NULL};
  struct duck_fault *fault = NULL;
  struct duck_result *result = NULL;
  if (connection->kept[which] == NULL)
    connection->kept[which] = query_prepare(connection, sql, &fault);
  duckdb_prepared_statement statement = connection->kept[which];
  if (statement != NULL && bind_texts(statement, parameters, &fault))
    result = execute_statement(connection, sql, statement, NULL, NULL, &fault);
  if (result == NULL)
    (void)fault_consume(fault, error);
  return result;
}

const char *
query_again(struct duck_connection *connection, enum query_kept which, const char *sql,
            const char *parameter, GError **error)
{
  if (connection->answers[which] == NULL)
    connection->answers[which] = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
  const char *known = g_hash_table_lookup(connection->answers[which], parameter);
  if (known != NULL)
    return known;
  AUTO(duck_result_free)
  struct duck_result *result = run_kept(connection, which, sql, parameter, error);
  if (result == NULL)
    return NULL;
  char *text = g_strdup(duck_result_text(result, 0, 0));
  if (text == NULL)
    return "";
  g_hash_table_insert(connection->answers[which], g_strdup(parameter), text);
  return text;
}

struct duck_result *
query_own(struct duck_connection *connection, const char *sql, const char *const *parameters,
          GError **error)
{
  struct duck_fault *fault = NULL;
  struct duck_result *result = query_run(connection, sql, parameters, NULL, NULL, &fault);
  if (result == NULL)
    (void)fault_consume(fault, error);
  return result;
}

struct duck_result *
duck_query(struct duck_connection *connection, const char *sql, duck_watch watch, gpointer user,
           GError **error)
{
  struct duck_fault *fault = NULL;
  struct duck_result *result = query_run(connection, sql, NULL, watch, user, &fault);
  if (result == NULL)
    (void)fault_consume(fault, error);
  return result;
}

bool
duck_exec(struct duck_connection *connection, const char *sql, GError **error)
{
  EXTRACTED_AUTO statements = NULL;
  idx_t count = duckdb_extract_statements(connection->handle, sql, &statements);
  const char *refusal = duckdb_extract_statements_error(statements);
  if (refusal != NULL)
    return fault_consume(duck_fault_parse(refusal, sql), error);
  for (idx_t i = 0; i < count; i++) {
    struct duck_fault *fault = NULL;
    duckdb_prepared_statement statement =
        prepare_one(connection->handle, sql, statements, i, &fault);
    struct duck_result *result =
        statement == NULL ? NULL : run_statement(connection, sql, statement, NULL, NULL, &fault);
    if (result == NULL)
      return fault_consume(fault, error);
    duck_result_free(result);
  }
  return true;
}
