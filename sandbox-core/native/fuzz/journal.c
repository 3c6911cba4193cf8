/* The journal that a killed session left. What it names is looked at, but nothing is removed here. */
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

static int keep(const char *path) {
  return path == NULL;
}

#define rmdir keep
#define unlink keep
#include "../src/placeholders.c"
#undef rmdir
#undef unlink

#include "fuzz.h"

static size_t seed(unsigned char *out) {
  return (size_t)snprintf((char *)out, FUZZ_MAX_BYTES, "/tmp/one%c/tmp/one/two%c", 0, 0);
}

static void run(const unsigned char *data, size_t size) {
  char directory[] = "/tmp/srt-fuzz-______";
  memset(strchr(directory, '_'), 'X', strlen("______")); /* mkdtemp(3) asks for these */
  if (mkdtemp(directory) == NULL) return;
  int at = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  int journal = openat(at, "journal", O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
  if (write(journal, data, size) == (ssize_t)size) {
    (void)placeholders_remove(at);
  }
  close(journal);
  unlinkat(at, "journal", 0);
  close(at);
  (rmdir)(directory);
}

const struct fuzz_target fuzz_journal = {"journal", seed, run};
