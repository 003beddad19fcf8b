/* SPDX-License-Identifier: Apache-2.0
 * Any bytes into the script splitter: offsets stay inside the text and grow, and a statement cut out of its script
 * splits into itself again. */
#include "job/script.h"
#include <stdint.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
require(bool holds)
{
  if (!holds)
    abort();
}

static bool
split(const char *text, gsize length, GPtrArray **ret_statements)
{
  struct script_fault *fault = NULL;
  bool done = script_split(text, length, ret_statements, &fault);
  require(done == (fault == NULL));
  if (fault != NULL)
    require(fault->at <= length && fault->message != NULL);
  script_fault_free(fault);
  return done;
}

static void
check_places(const struct script_statement *statement, gsize from, gsize length)
{
  require(statement->at >= from && statement->at < length && statement->name != NULL);
  require(statement->name_at > statement->at && statement->name_at < length);
  if (statement->kind != SCRIPT_TIME_ZONE)
    require(statement->query_at > statement->at && statement->query_at <= statement->query_end &&
            statement->query_end <= length);
  gsize last = statement->query_at;
  for (guint i = 0; i < statement->parameters->len; i++) {
    const struct script_parameter *parameter =
        &g_array_index(statement->parameters, struct script_parameter, i);
    require(parameter->at >= last && parameter->end > parameter->at + 1);
    require(parameter->end <= statement->query_end && *parameter->name != '\0');
    last = parameter->end;
  }
  last = statement->name_at;
  for (guint i = 0; i < statement->options->len; i++) {
    const struct script_option *option = g_ptr_array_index(statement->options, i);
    require(option->at > last && option->at < length && option->values != NULL);
    last = option->at;
  }
}

static void
check_same(const struct script_statement *a, const struct script_statement *b, gsize shift)
{
  require(a->kind == b->kind && g_str_equal(a->name, b->name));
  require(a->at == b->at + shift && a->name_at == b->name_at + shift);
  require(a->options->len == b->options->len && a->parameters->len == b->parameters->len);
  if (a->kind != SCRIPT_TIME_ZONE)
    require(a->query_at == b->query_at + shift && a->query_end == b->query_end + shift);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
  const char *text = (const char *)data;
  g_autoptr(GPtrArray) statements = NULL;
  if (!split(text, size, &statements))
    return 0;
  for (guint i = 0; i < statements->len; i++) {
    const struct script_statement *statement = g_ptr_array_index(statements, i);
    const struct script_statement *next =
        i + 1 < statements->len ? g_ptr_array_index(statements, i + 1) : NULL;
    gsize end = next == NULL ? size : next->at;
    check_places(statement, i == 0 ? 0 : statement->at, end);
    g_autoptr(GPtrArray) again = NULL;
    require(split(text + statement->at, end - statement->at, &again) && again->len == 1);
    check_same(statement, g_ptr_array_index(again, 0), statement->at);
  }
  return 0;
}
