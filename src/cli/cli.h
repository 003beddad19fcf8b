/* SPDX-License-Identifier: Apache-2.0
 *
 * The command line: one table of commands (cli/commands.h), one of options (cli/options.h), and one
 * file a command. The result goes to stdout, progress and errors to stderr. */
#pragma once

/* Runs the program; returns its exit code (util/error.h). argv is as main got it. */
int cli_main(int argc, char **argv);
