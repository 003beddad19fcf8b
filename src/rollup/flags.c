/* SPDX-License-Identifier: Apache-2.0 */
#include "rollup/kernel.h"

bool
flag_is_true(const struct rollup_pass *pass, const struct grouping *grouping, int slot,
             uint32_t combo)
{
  if (slot < 0)
    return true;
  uint16_t code = piece_code(grouping->piece, (unsigned)slot, grouping->representative[combo]);
  uint8_t value = 0;
  const struct dictionary *dictionary = pass->dictionaries[pass->layout.codes[slot]];
  return dictionary_value(dictionary, code, &value) && value != 0;
}

void
unit_key(const struct unit *unit, const struct grouping *grouping, uint32_t combo,
         uint64_t *ret_words)
{
  uint32_t row = grouping->representative[combo];
  for (unsigned w = 0; w < unit->key_words; w++)
    ret_words[w] = 0;
  for (unsigned i = 0; i < unit->small_count; i++)
    ret_words[i / 4] |= (uint64_t)piece_code(grouping->piece, unit->small[i], row) << i % 4 * 16;
}
