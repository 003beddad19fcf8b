/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/cli.h"
#include "util/ending.h"
#include "util/interrupt.h"
#include <locale.h>
#include <signal.h>

int
main(int argc, char **argv)
{
  (void)setlocale(LC_CTYPE, ""); /* numbers keep the C locale's point */
  (void)signal(SIGPIPE, SIG_IGN);
  interrupt_install();
#ifdef NDEBUG
  ending_allow();
#endif
  int exit_code = cli_main(argc, argv);
  ending_exit(exit_code);
  return exit_code;
}
