/* SPDX-License-Identifier: Apache-2.0
 *
 * Fault injection for the tests of "what if it dies right here".
 *
 * The environment variable KINDLING_FAULT holds one or more of, separated by commas:
 *     pause:NAME      at the step NAME, write "paused NAME\n" to stderr and sleep until killed
 *     stop:NAME       at the step NAME, stop (SIGSTOP), and go on when continued
 *     kill:NAME       at the step NAME, raise SIGKILL
 *     fail:NAME       fault_here(NAME) returns an error of kind FAILED
 *     slow:NAME       sleep 2 seconds at the step NAME
 *     wrong:NAME      fault_planted("wrong", NAME) is true: the caller plants a wrong result (used by the tests of
 *                     --performance-test only)
 * Unset, each step costs one comparison. Step names are "room.step", listed in docs/develop/testing.md.
 */
#pragma once

#include <glib.h>
#include <stdbool.h>

/* False only for fail:NAME. */
bool fault_here(const char *name, GError **error);
bool fault_planted(const char *what, const char *name);
