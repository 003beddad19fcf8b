/* SPDX-License-Identifier: Apache-2.0 */
#include "util/ending.h"
#include <stdio.h>
#include <unistd.h>

static bool allowed, taken;

void
ending_allow(void)
{
  allowed = true;
}

bool
ending_take(void)
{
  taken |= allowed;
  return allowed;
}

void
ending_exit(int exit_code)
{
  if (!taken)
    return;
  (void)fflush(stdout);
  (void)fflush(stderr);
  _exit(exit_code);
}
