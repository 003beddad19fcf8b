/* SPDX-License-Identifier: Apache-2.0
 *
 * Private to src/storage/inventory*.c, the steps of inventory_read:
 *     inventory_list        struct found: the Parquet files, checked one by one
 *     inventory_arrange     partition columns, their types, partitions and files of the inventory
 */
#pragma once

#include "storage/inventory.h"
#include "storage/storage.h"

/* What a listing gave. */
struct found {
  GPtrArray *files; /* struct storage_entry, sorted by path */
  guint64 other;    /* files that are no Parquet */
};

/* wanted: a set of relative paths, or NULL for all. Errors as inventory_read and inventory_read_files. */
bool inventory_list(struct storage *storage, GHashTable *wanted, struct found *ret_found,
                    GError **error);
void inventory_found_clear(struct found *found);

void inventory_partition_free(const struct inventory *inventory,
                              struct inventory_partition *partition);

/* Fills partition_columns, partitions and files. */
bool inventory_arrange(struct inventory *inventory, struct storage *storage,
                       const GPtrArray *entries, GError **error);
