/* SPDX-License-Identifier: Apache-2.0
 * A bounded parallel loop. */
#pragma once

#include <glib.h>
#include <stdbool.h>

/* Work item i of [0, count); worker is in [0, threads) and is never used by two threads at once; 0 is the caller's thread. */
typedef bool (*parallel_work)(guint worker, gsize i, gpointer user, GError **error);

/* Runs work for every i on at most threads threads, in increasing order of i. Stops handing out items at the first
 * failure or signal (util/interrupt.h) and returns the failure of the lowest item. threads is at least 1. */
bool parallel_for(guint threads, gsize count, parallel_work work, gpointer user, GError **error);
