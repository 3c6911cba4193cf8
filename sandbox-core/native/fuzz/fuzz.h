/*
 * A bounded fuzz run over everything in the helper that reads bytes from somebody else, with a mutator of its own (fixed
 * seed, so a failure repeats) because libFuzzer is not part of gcc. Built with the address and undefined-behaviour
 * sanitizers by test/sandbox-core/native/fuzz.test.ts.
 */
#ifndef SRT_FUZZ_H
#define SRT_FUZZ_H

#include <stddef.h>

#define FUZZ_MAX_BYTES 4096u

struct fuzz_target {
  const char *name;
  /* Writes a well-formed input, of which mutations are tried. */
  size_t (*seed)(unsigned char *out);
  /* May call fail(), which comes back to the driver. */
  void (*run)(const unsigned char *data, size_t size);
};

extern const struct fuzz_target fuzz_frames, fuzz_settings, fuzz_listen, fuzz_journal, fuzz_launch, fuzz_mounts, fuzz_kept;

/* The input as a descriptor that can be read or mapped; of the driver, valid until the next call. */
int fuzz_descriptor(const unsigned char *data, size_t size);

#endif
