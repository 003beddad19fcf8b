/* SPDX-License-Identifier: Apache-2.0
 * Time and run ids. Wall time is for records, monotonic time for durations, CPU time for measurements. */
#pragma once

#include <glib.h>

gint64 clock_wall_ms(void);            /* since 1970-01-01 UTC */
double clock_seconds(void);            /* monotonic */
double clock_cpu_seconds(void);        /* user + system, of the whole process */
guint64 clock_peak_memory_bytes(void); /* largest resident set so far, of the whole process */
/* The largest resident set is counted anew from here, where the kernel allows it (proc(5), clear_refs). */
void clock_reset_peak_memory(void);

/* "20261125T030111Z-1f3a9c04": sorts by time, unique by 32 random bits. Owned by the caller. */
char *clock_run_id(void);
