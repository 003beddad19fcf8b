/* SPDX-License-Identifier: Apache-2.0
 *
 * Inside src/rollup only: the values of a small column, numbered in the order of their first appearance by a dictionary that
 * all threads share. Each thread looks values up in a memo of its own first, then in the shared part, which is locked only
 * for values that no thread has met. Numbers depend on which thread came first: nothing is ordered, added up or written by
 * them, only by ranks. Values are equal as DuckDB's GROUP BY has it (batch.h); NULL is a value. Of equal doubles one is kept:
 * 0.0 for the zeros, the quiet NaN for all NaN.
 *
 * Cost, ns a value: numbers known to the memo 0.9, short texts 2.1, long texts 6; with NULLs 1.3 to 2; of 4,000 different
 * numbers, which the memo cannot hold together, 5.5; a batch of one value only, 0.2 for numbers, 0.7 for texts.
 * Memory: 16 bytes a value of the limit and 4 to 8 for finding it, the texts over 12 bytes, 24 KiB a memo.
 */
#pragma once

#include "rollup/batch.h"
#include "rollup/budget.h"

struct dictionary;
/* limit: most values, NULL among them; at most 65535. NULL: out of memory. Memos are freed before the dictionary. */
struct dictionary *dictionary_new(struct rollup_budget *budget, enum rollup_type type,
                                  uint32_t limit);
void dictionary_free(struct dictionary *dictionary);

/* A thread's own. */
struct dictionary_memo;
struct dictionary_memo *dictionary_memo_new(struct dictionary *dictionary);
void dictionary_memo_free(struct dictionary_memo *memo);

enum dictionary_status { DICTIONARY_OK, DICTIONARY_FULL, DICTIONARY_NO_MEMORY };
/* codes[i] for the rows [0, rows). Other than OK: codes are in between; values met so far stay in the dictionary, and known
 * ones can still be looked up. */
enum dictionary_status dictionary_codes(struct dictionary_memo *memo,
                                        const struct rollup_column *column, uint32_t rows,
                                        uint16_t *codes);

uint32_t dictionary_count(const struct dictionary *dictionary);
/* ranks[code] for codes below the count at the time of the call: by value, NULL last. The order of two values never changes; the
 * array lives as long as the dictionary. Made anew (and the older ones kept) only when there are more values than at the
 * last call. From any thread. NULL: out of memory. */
const uint16_t *dictionary_ranks(struct dictionary *dictionary);
/* Whether that has ever been NULL: what was compared by rank since then may have been compared by code. */
bool dictionary_lacks_ranks(const struct dictionary *dictionary);

/* The value of a code, in the array's element of its type; texts live as long as the dictionary. False: NULL. */
bool dictionary_value(const struct dictionary *dictionary, uint16_t code, void *ret_value);
