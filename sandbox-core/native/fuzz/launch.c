/* What the session sends to `srt-helper run`. */
#include "../src/run.c"

#include "fuzz.h"

static size_t seed(unsigned char *out) {
  unsigned char pid[8], user[8], network[8];
  struct field fields[] = {field_string("launch"), field_string("/usr/bin/bwrap"), field_u64(9, pid), field_u64(4026531837u, user),
                           field_u64(4026531840u, network), field_string("--bind"), field_string("settings"), field_string(""), field_string(""), field_string("/sys/fs/cgroup/srt/cgroup.procs"), field_string("/tmp/turns")};
  int fd = fuzz_descriptor(out, 0);
  (void)frame_write(fd, fields, 11);
  (void)lseek(fd, 0, SEEK_SET);
  ssize_t size = read(fd, out, FUZZ_MAX_BYTES);
  close(fd);
  return (size_t)size;
}

static void run(const unsigned char *data, size_t size) {
  struct frame frame;
  char path[PATH_MAX];
  uint64_t number;
  if (!frame_parse(data, size, &frame)) return;
  for (uint32_t i = 0; i < frame.count; i++) (void)copy_path(frame.fields[i], path), (void)field_number(frame.fields[i], &number);
}

const struct fuzz_target fuzz_launch = {"launch", seed, run};
