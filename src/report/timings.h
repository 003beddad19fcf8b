/* SPDX-License-Identifier: Apache-2.0
 *
 * Time by named stage, one after the other, with its share of the total.
 *
 *     timings_begin(timings, "read footers");
 *     ...
 *     timings_begin(timings, "plan");          ends the stage before
 *     ...
 *     timings_end(timings);
 *
 * A stage begun again adds to its time. All functions accept NULL. Not for several threads at once.
 */
#pragma once

#include "util/auto.h"
#include "util/json.h"
#include <stdbool.h>

struct timings;
struct timings *timings_new(void);
void timings_free(struct timings *timings);
AUTO_DEFINE(struct timings, timings_free)

void timings_begin(struct timings *timings, const char *stage);
void timings_end(struct timings *timings);
/* Adds a time measured elsewhere. */
void timings_add(struct timings *timings, const char *stage, double seconds);

guint timings_count(const struct timings *timings);
/* The i-th stage in order of first begin; the name is borrowed. */
const char *timings_stage(const struct timings *timings, guint i, double *ret_seconds);
/* Of all stages that have ended. */
double timings_total(const struct timings *timings);

/* Table of stage, time and share; owned by the caller. */
char *timings_text(const struct timings *timings, bool colour);
/* [{"stage":"plan","seconds":0.01,"share":0.2}, ...]; new reference. */
struct json_object *timings_json(const struct timings *timings);
