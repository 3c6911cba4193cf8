/* What Node tells pid 1, and what pid 1 makes of it before the command starts. */
#include "../src/init_settings.c"
#include "../src/connections.c"
#include "../src/guards.h"

#include "fuzz.h"

static size_t seed(unsigned char *out) {
  unsigned char number[8];
  struct field strings = {(const unsigned char *)"one\0two\0", 8};
  struct field frames[][3] = {
      {field_string("argv"), strings, {NULL, 0}},         {field_string("environment"), strings, {NULL, 0}},
      {field_string("directory"), {(const unsigned char *)"/\0", 2}, {NULL, 0}}, {field_string("filter"), {(const unsigned char *)"\6\0\0\0\0\0\377\177", 8}, {NULL, 0}},
      {field_string("masked"), strings, {NULL, 0}},       {field_string("unix-sockets"), strings, {NULL, 0}},
      {field_string("limit"), field_string("cpu"), field_u64(9, number)}, {field_string("guarded"), strings, strings},
  };
  int fd = fuzz_descriptor(out, 0);
  for (size_t i = 0; i < sizeof frames / sizeof *frames; i++) (void)frame_write(fd, frames[i], frames[i][2].data == NULL ? 2 : 3);
  (void)lseek(fd, 0, SEEK_SET);
  ssize_t size = read(fd, out, FUZZ_MAX_BYTES);
  close(fd);
  return (size_t)size;
}

static void run(const unsigned char *data, size_t size) {
  struct init_settings settings = init_settings_read(fuzz_descriptor(data, size));
  guards_start(settings.supervision.guarded_names, settings.supervision.guarded_patterns, settings.supervision.guarded_links);
  (void)guards_hold("/a/one/b");
  connections_start(-1, -1, &settings.supervision.connections);
  (void)is_listed("/one");
}

const struct fuzz_target fuzz_settings = {"settings", seed, run};
