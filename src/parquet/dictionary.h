/* SPDX-License-Identifier: Apache-2.0
 *
 * Private to src/parquet: numbers the distinct values of a column, if there are few enough that a dictionary and codes take
 * at most half the bytes of the values themselves. (Compression finds repeated values too: a smaller gain is
 * not worth the hashing.) A sample decides whether to try, and a try is given up as soon as the values are too many.
 *
 * Cost: constant columns 0.3 ns a value, few values about 2 ns, the sample about 10 us a column.
 */
#pragma once

#include "parquet/dense.h"

enum {
  PARQUET_DICTIONARY_MOST = 65535,
  PARQUET_DICTIONARY_BYTES_MOST = 1 << 20,
};

/* Scratch; begins with the allocator of its bytes set. */
struct parquet_dictionary {
  struct parquet_bytes slots, entry_bytes, code_bytes;
  uint32_t *table; /* code + 1; 0: free */
  unsigned hash_shift;
  uint32_t most;       /* entries */
  uint64_t most_bytes; /* of the entries, plain */
  /* The result. */
  struct parquet_dense entries; /* by code; in the order of their first appearance */
  uint64_t bytes;               /* of the entries, plain */
  const uint16_t *codes;        /* of each value, padded; NULL: there is one entry only */
  uint32_t runs;                /* of equal codes */
};

enum parquet_dictionary_outcome {
  PARQUET_DICTIONARY_YES,
  PARQUET_DICTIONARY_NO,
  PARQUET_DICTIONARY_NO_MEMORY,
};

/* plain_bytes: what the values take without a dictionary. Not for booleans. The entries point to the texts of the values. */
enum parquet_dictionary_outcome parquet_dictionary_make(struct parquet_dictionary *dictionary,
                                                        const struct parquet_dense *dense,
                                                        uint64_t plain_bytes);

/* The entries that `count` values from `first` on have, in the order of their codes. They stand where the hash table did, until
 * the next call here. False: no memory. */
bool parquet_dictionary_used(struct parquet_dictionary *dictionary, uint32_t first, uint32_t count,
                             struct parquet_dense *ret_entries);
