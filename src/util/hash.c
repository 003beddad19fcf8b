/* SPDX-License-Identifier: Apache-2.0 */
#include "util/hash.h"

char *
hash_text(const char *text, gssize length)
{
  return g_compute_checksum_for_string(G_CHECKSUM_SHA256, text, length);
}
