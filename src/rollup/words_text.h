/* SPDX-License-Identifier: Apache-2.0
 *
 * Private to src/rollup: words_encode of strings, without first and vary.
 */
#pragma once

#include "rollup/words.h"

/* words[w][i] for the rows [0, rows), at least one. False: a text is too long for word_count; words are then in between. */
bool words_encode_texts(const struct rollup_column *column, uint32_t rows, unsigned word_count,
                        uint64_t *const *words, bool plain);
