#include "fuzz.h"

#include <unistd.h>

#include "../src/frame.h"

static size_t seed(unsigned char *out) {
  unsigned char number[8];
  struct field fields[] = {field_string("judged"), field_u64(7, number), field_string("a path")};
  int fd = fuzz_descriptor(out, 0);
  (void)frame_write(fd, fields, 3);
  (void)lseek(fd, 0, SEEK_SET);
  ssize_t size = read(fd, out, FUZZ_MAX_BYTES);
  close(fd);
  return (size_t)size;
}

static void run(const unsigned char *data, size_t size) {
  static unsigned char buffer[FUZZ_MAX_BYTES];
  struct frame frame;
  uint64_t number;
  int fd = fuzz_descriptor(data, size);
  while (frame_read(fd, buffer, sizeof buffer, &frame) == 1)
    for (uint32_t i = 0; i < frame.count; i++) (void)frame_is(&frame, "judged", 3), (void)field_number(frame.fields[i], &number);
  close(fd);
  (void)frame_parse(data, size, &frame);
}

const struct fuzz_target fuzz_frames = {"frames", seed, run};
