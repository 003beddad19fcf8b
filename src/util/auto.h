/* SPDX-License-Identifier: Apache-2.0
 *
 * Scope cleanup for our own structs, which have no typedefs and so no g_autoptr.
 *
 *     AUTO_DEFINE(struct plan, plan_free)                          beside the declaration of plan_free
 *     AUTO(plan_free) struct plan *plan = plan_build(...);         freed at the end of the scope, NULL allowed
 *     return g_steal_pointer(&plan);                               handed over
 */
#pragma once

#include <glib.h>

#define AUTO_DEFINE(type, function)                                                                \
  static inline void function##_auto(type **pointer)                                               \
  {                                                                                                \
    if (*pointer != NULL)                                                                          \
      function(*pointer);                                                                          \
  }
#define AUTO(function) __attribute__((cleanup(function##_auto)))
