#include "fuzz.h"

#include <setjmp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "../src/failure.h"

static jmp_buf after_failure;
static uint64_t state = 0x9e3779b97f4a7c15u;

/* In place of src/failure.c: a refusal is a result here, not the end. */
void failure_report_to(int channel_fd, bool quiet_stderr) {
  (void)channel_fd, (void)quiet_stderr;
}

void fail(const char *code, const char *format, ...) {
  (void)code, (void)format;
  longjmp(after_failure, 1);
}

/* xorshift64* */
static uint64_t random_number(uint64_t below) {
  state ^= state >> 12, state ^= state << 25, state ^= state >> 27;
  return (state * 0x2545f4914f6cdd1du >> 11) % below;
}

static size_t mutate(unsigned char *data, size_t size) {
  static const unsigned char telling[] = {0, 1, 0x7f, 0x80, 0xff, '/', ' ', '.'};
  for (uint64_t times = 1 + random_number(4); times > 0 && size > 0; times--) {
    size_t at = random_number(size);
    switch (random_number(6)) {
      case 0: data[at] ^= (unsigned char)(1u << random_number(8)); break;
      case 1: data[at] = telling[random_number(sizeof telling)]; break;
      case 2: data[at] = (unsigned char)random_number(256); break;
      case 3: size = at; break;
      case 4: memmove(data + at, data + at + 1, size - at - 1), size--; break;
      default:
        if (size == FUZZ_MAX_BYTES) break;
        memmove(data + at + 1, data + at, size - at), size++;
        break;
    }
  }
  return size;
}

int fuzz_descriptor(const unsigned char *data, size_t size) {
  int fd = memfd_create("input", 0);
  if (fd < 0 || write(fd, data, size) != (ssize_t)size || lseek(fd, 0, SEEK_SET) != 0) abort();
  return fd;
}

static void try_input(const struct fuzz_target *target, const unsigned char *input, size_t size) {
  /* Exactly as long as it is, so that a read beyond its end is seen. */
  unsigned char *volatile exact = malloc(size + (size == 0));
  memcpy(exact, input, size);
  if (setjmp(after_failure) == 0) target->run(exact, size);
  free(exact);
}

static void fuzz(const struct fuzz_target *target, unsigned long rounds) {
  unsigned char original[FUZZ_MAX_BYTES];
  size_t original_size = target->seed(original);
  for (unsigned long round = 0; round <= rounds; round++) {
    unsigned char input[FUZZ_MAX_BYTES];
    memcpy(input, original, original_size);
    try_input(target, input, round == 0 ? original_size : mutate(input, original_size));
  }
  printf("%s: %lu inputs\n", target->name, rounds);
}

int main(int argc, char **argv) {
  const struct fuzz_target *targets[] = {&fuzz_frames, &fuzz_settings, &fuzz_listen, &fuzz_journal, &fuzz_launch, &fuzz_mounts, &fuzz_kept};
  unsigned long rounds = argc > 1 ? strtoul(argv[1], NULL, 10) : 10000;
  for (size_t i = 0; i < sizeof targets / sizeof *targets; i++) fuzz(targets[i], rounds);
  return 0;
}
