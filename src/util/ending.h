/* SPDX-License-Identifier: Apache-2.0
 *
 * Ending the process without giving back what it gives back anyway: a database of ten thousand files takes tenths of a
 * second to be taken apart. Only main allows it, and only in release builds: tests and sanitizers see everything freed.
 */
#pragma once

#include <stdbool.h>

void ending_allow(void);

/* Whether the caller may leave memory and threads as they are; then the process ends by ending_exit, which runs no
 * destructors below running threads. */
bool ending_take(void);

/* Ends the process if anything was left, else returns. stdout and stderr are flushed. */
void ending_exit(int exit_code);
