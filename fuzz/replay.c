/* SPDX-License-Identifier: Apache-2.0
 *
 * Runs a fuzz target over the files of the folders given, without libFuzzer: replay FOLDER...
 * An empty folder is a failure, so that a corpus cannot get lost unseen.
 */
#include <glib.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static bool
replay_file(const char *path)
{
  g_autofree char *bytes = NULL;
  gsize size = 0;
  g_autoptr(GError) error = NULL;
  if (!g_file_get_contents(path, &bytes, &size, &error)) {
    (void)fprintf(stderr, "%s\n", error->message);
    return false;
  }
  g_autofree uint8_t *exact =
      g_memdup2(bytes, size); /* no NUL behind it: a read past the end shows under ASan */
  (void)LLVMFuzzerTestOneInput(exact, size);
  return true;
}

static guint
replay_folder(const char *folder)
{
  g_autoptr(GError) error = NULL;
  g_autoptr(GDir) dir = g_dir_open(folder, 0, &error);
  if (dir == NULL) {
    (void)fprintf(stderr, "%s\n", error->message);
    return 0;
  }
  guint count = 0;
  for (const char *name = g_dir_read_name(dir); name != NULL; name = g_dir_read_name(dir)) {
    g_autofree char *path = g_build_filename(folder, name, NULL);
    if (!replay_file(path))
      return 0;
    count++;
  }
  return count;
}

int
main(int argc, char **argv)
{
  for (int i = 1; i < argc; i++) {
    guint count = replay_folder(argv[i]);
    (void)printf("%s: %u files\n", argv[i], count);
    if (count == 0)
      return 1;
  }
  return argc > 1 ? 0 : 1;
}
