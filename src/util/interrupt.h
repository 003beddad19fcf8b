/* SPDX-License-Identifier: Apache-2.0
 *
 * Ctrl-C and SIGTERM as a flag that work asks for.
 *
 * The first signal only sets the flag (work stops at its next safe point, publishes nothing and cleans up);
 * a second one ends the process at once, by the signal's default action. Long waits must look at the flag at least
 * ten times a second.
 */
#pragma once

#include <glib.h>
#include <stdbool.h>

/* Installs the handlers; called once, from main. */
void interrupt_install(void);
/* SIGINT, SIGTERM, or 0. */
int interrupt_signal(void);
/* True when no signal came; else sets an error of kind INTERRUPTED or TERMINATED. */
bool interrupt_check(GError **error);
/* For tests: as if the signal had come (0 clears). */
void interrupt_pretend(int signal_number);
