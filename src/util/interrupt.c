/* SPDX-License-Identifier: Apache-2.0 */
#include "util/interrupt.h"
#include "util/error.h"
#include <signal.h>
#include <stdatomic.h>
#include <string.h>

static atomic_int received;

static void
on_signal(int number)
{
  atomic_store(&received, number);
  (void)signal(SIGINT, SIG_DFL); /* the second signal, of either kind, ends the process */
  (void)signal(SIGTERM, SIG_DFL);
}

void
interrupt_install(void)
{
  struct sigaction action;
  memset(&action, 0, sizeof action);
  action.sa_handler = on_signal;
  sigemptyset(&action.sa_mask);
  (void)sigaction(SIGINT, &action, NULL);
  (void)sigaction(SIGTERM, &action, NULL);
}

int
interrupt_signal(void)
{
  return atomic_load(&received);
}

bool
interrupt_check(GError **error)
{
  int number = interrupt_signal();
  if (number == 0)
    return true;
  if (number == SIGTERM)
    return error_set(error, ERROR_TERMINATED, "terminated: nothing was published");
  return error_set(error, ERROR_INTERRUPTED, "interrupted: nothing was published");
}

void
interrupt_pretend(int signal_number)
{
  atomic_store(&received, signal_number);
}
