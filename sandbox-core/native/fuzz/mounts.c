/* The mounts that Node asks pid 1 for. They are read here, and none is made. */
#include "../src/mounts.c"

#include <stdlib.h>

#include "fuzz.h"

static struct field text(const char *literal) {
  return (struct field){(const unsigned char *)literal, (uint32_t)strlen(literal) + 1};
}

static size_t seed(unsigned char *out) {
  unsigned char mode[8];
  struct field entries[][6] = {
      {field_string("mount"), text("/"), text("there"), text("/"), text("read-only"), text("the sandbox")},
      {field_string("own-directory"), text("/home/me"), text("there"), field_u64(0111, mode), text("filesystem.denyRead[0]")},
      {field_string("mount"), text("/home/me/x"), text("made"), text("/home/me/x"), text("writable"), text("filesystem.allowWrite[0]")},
      {field_string("mask"), text("/srv"), text("there"), text("filesystem.denyRead[1]")},
      {field_string("own-link"), text("/home/me/l"), text("../x"), text("filesystem.allowRead[0]")},
      {field_string("devices"), text("/dev"), text("there"), text("the sandbox")},
      {field_string("sandbox"), text("/proc"), text("there"), text("the sandbox")},
      {field_string("seal"), text("/home/me"), text("filesystem.denyRead[0]")},
  };
  const uint32_t counts[] = {6, 5, 6, 4, 4, 4, 4, 3};
  int fd = fuzz_descriptor(out, 0);
  for (size_t i = 0; i < sizeof entries / sizeof *entries; i++) (void)frame_write(fd, entries[i], counts[i]);
  (void)lseek(fd, 0, SEEK_SET);
  ssize_t size = read(fd, out, FUZZ_MAX_BYTES);
  close(fd);
  return (size_t)size;
}

/* What was taken for well formed is walked as it is when mounts are made. */
static void run(const unsigned char *data, size_t size) {
  static unsigned char buffer[FUZZ_MAX_BYTES];
  struct frame frame;
  struct entry entry;
  int fd = fuzz_descriptor(data, size);
  while (frame_read(fd, buffer, sizeof buffer, &frame) == 1) {
    if (!mounts_knows(&frame) || !parse_entry(&frame, &entry)) continue;
    if (entry.path[0] != '/' || strlen(entry.path) >= PATH_MAX || strstr(entry.path, "/../") != NULL) abort();
    if (strlen(entry.origin) > FUZZ_MAX_BYTES || (entry.source != NULL && strlen(entry.source) > FUZZ_MAX_BYTES)) abort();
  }
  close(fd);
}

const struct fuzz_target fuzz_mounts = {"mounts", seed, run};
