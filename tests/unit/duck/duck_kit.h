/* SPDX-License-Identifier: Apache-2.0
 *
 * What the tests of this room share: an open database with one connection, and questions to it that must succeed. */
#pragma once

#include "duck/duck.h"
#include "util/error.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

struct kit {
  struct duck *duck;
  struct duck_connection *connection;
};

static inline int
kit_open(void **state)
{
  GError *error = NULL;
  struct kit *kit = g_new0(struct kit, 1);
  struct duck_options options = {.threads = 2, .memory_limit_bytes = 1000 * 1000 * 1000};
  kit->duck = duck_open(&options, &error);
  kit->connection = kit->duck == NULL ? NULL : duck_connect(kit->duck, &error);
  *state = kit;
  if (error != NULL)
    print_error("%s\n", error->message);
  return kit->connection == NULL ? -1 : 0;
}

static inline int
kit_close(void **state)
{
  struct kit *kit = *state;
  duck_disconnect(kit->connection);
  duck_close(kit->duck);
  g_free(kit);
  return 0;
}

static inline void
kit_exec(struct kit *kit, const char *sql)
{
  GError *error = NULL;
  if (!duck_exec(kit->connection, sql, &error))
    fail_msg("%s: %s", sql, error->message);
}

/* The first cell; the caller frees it. */
static inline char *
kit_ask(struct kit *kit, const char *sql)
{
  GError *error = NULL;
  AUTO(duck_result_free)
  struct duck_result *result = duck_query(kit->connection, sql, NULL, NULL, &error);
  if (result == NULL)
    fail_msg("%s: %s", sql, error->message);
  return g_strdup(duck_result_text(result, 0, 0));
}
