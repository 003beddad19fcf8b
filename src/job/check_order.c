/* SPDX-License-Identifier: Apache-2.0 */
#include "job/check.h"

bool
check_order(const struct job *job, struct duck_connection *connection, GError **error)
{
  (void)job;
  (void)connection;
  (void)error;
  return true;
}
