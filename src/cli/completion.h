/* SPDX-License-Identifier: Apache-2.0
 * Completion scripts made from the tables: commands, the options of each, choices, files for paths, shipped jobs' names
 * for JOB. */
#pragma once

#include <glib.h>

/* shell: "bash", "zsh" or "fish"; jobs: the shipped jobs' names. Owned by the caller; NULL with an error of kind USAGE for
 * another shell. */
char *completion_script(const char *shell, const char *const *jobs, GError **error);
