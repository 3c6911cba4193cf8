/* What was kept of a launch: the looks are taken, but nothing is started. */
#include "../front/kept.c"

#include <stdlib.h>

#include "../front/looks.h"
#include "fuzz.h"

static size_t add(unsigned char *out, size_t at, const struct field *fields, uint32_t count) {
  int file = memfd_create("frame", 0);
  if (file < 0 || !frame_write(file, fields, count)) abort();
  const ssize_t size = pread(file, out + at, FUZZ_MAX_BYTES - at, 0);
  close(file);
  return at + (size_t)size;
}

static struct field bytes(const char *data, size_t size) {
  return (struct field){(const unsigned char *)data, (uint32_t)size};
}

#define LIST(text) bytes(text, sizeof text)
#define ADD(...) at = add(out, at, (const struct field[]){__VA_ARGS__}, sizeof((const struct field[]){__VA_ARGS__}) / sizeof(struct field))

static size_t seed(unsigned char *out) {
  size_t at = 0;
  ADD(field_string("kept"), field_string("key"));
  ADD(field_string("commands"), LIST("check\0doctor"));
  ADD(field_string("heeded"), field_string("SRT_FUZZ"));
  ADD(field_string("look"), field_string("list"), field_string("/proc/self/fdinfo/.."), LIST("dfd\0fcmdline"));
  ADD(field_string("look"), field_string("lstat"), field_string("/"), field_string("40755 1 2 0 0 0"));
  ADD(field_string("look"), field_string("access"), field_string("/"), field_string("0"), bytes("\4\0\0\0\0\0\0\0", 8));
  ADD(field_string("look"), field_string("text"), field_string("/etc/hostname"), field_string("host\n"));
  ADD(field_string("look"), field_string("stamp"), field_string("/bin/sh"), field_string("1 2 3 4.5 6.7"));
  ADD(field_string("session"), field_string("/tmp/srt-0"), field_string("/tmp/srt-0/session-abcdef"));
  ADD(field_string("helper"), field_string("/srt-helper"));
  ADD(field_string("pod"), LIST("/bwrap\0--"));
  ADD(field_string("mount-point"), field_string("directory"), field_string("/a/.vscode"), bytes("\0\0\0\0\0\0\0\0", 8));
  ADD(field_string("launch"), field_string("/bwrap"), LIST("--"), field_string("settings"));
  ADD(field_string("variables"), LIST("PATH"), LIST("A=b"));
  ADD(field_string("end"));
  return at;
}

static bool count_frame(const struct frame *frame, void *context) {
  *(uint32_t *)context += frame->count;
  return true;
}

static void run(const unsigned char *data, size_t size) {
  char text[] = "key";
  const struct key key = {.text = text, .size = strlen(text)};
  struct kept kept = {.data = data, .size = size};
  uint32_t fields = 0;
  (void)take_parts(&kept, &key);
  (void)kept_each(&kept, "look", count_frame, &fields);
  (void)looks_hold(&kept);
  (void)looks_show_something_new(&kept);
  for (const char *name = next_string(kept.commands, NULL); name != NULL; name = next_string(kept.commands, name)) fields += (uint32_t)strlen(name);
}

const struct fuzz_target fuzz_kept = {"kept", seed, run};
