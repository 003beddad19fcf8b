/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/cli.h"
#include "util/interrupt.h"
#include <locale.h>
#include <signal.h>

int
main(int argc, char **argv)
{
  (void)setlocale(LC_CTYPE, ""); /* numbers keep the C locale's point */
  (void)signal(SIGPIPE, SIG_IGN);
  interrupt_install();
  return cli_main(argc, argv);
}
