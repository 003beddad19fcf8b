/* SPDX-License-Identifier: Apache-2.0
 *
 * One suite for all storage drivers: what storage.h promises, on any place that holds files. What a driver lacks is told
 * by its feature bits; those tests are then skipped.
 */
#pragma once

/* A driver under test. Each test gets an empty root of its own. */
struct conformance_storage {
  const char *name;
  char *(*make_root)(void); /* a URI whose folder does not exist yet; owned by the caller */
  void (*drop_root)(const char *root); /* with all that was written */
};

/* Runs the suite; the number of failed tests. */
int conformance_storage_run(const struct conformance_storage *driver);
