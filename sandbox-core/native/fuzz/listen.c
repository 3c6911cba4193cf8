/* What Node asks of the pod: addresses among it. */
#include "../src/pod.c"

#include "fuzz.h"

static size_t seed(unsigned char *out) {
  unsigned char id[8], port[8];
  struct field fields[] = {field_string("listen"), field_u64(1, id), field_string("tcp"), field_string("fe80::1:2"), field_u64(443, port)};
  int fd = fuzz_descriptor(out, 0);
  (void)frame_write(fd, fields, 5);
  (void)lseek(fd, 4, SEEK_SET);
  ssize_t size = read(fd, out, FUZZ_MAX_BYTES);
  close(fd);
  return (size_t)size;
}

static void run(const unsigned char *data, size_t size) {
  struct frame frame;
  struct listen_request request;
  if (frame_parse(data, size, &frame)) (void)parse_listen(&frame, &request);
}

const struct fuzz_target fuzz_listen = {"listen", seed, run};
