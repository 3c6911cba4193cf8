#include "init_settings.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "failure.h"
#include "mounts.h"

/* `joined` holds a NUL after each string and outlives the result. */
static char **split_strings(struct field joined) {
  size_t count = 0;
  for (uint32_t i = 0; i < joined.size; i++) count += joined.data[i] == 0;
  char **strings = calloc(count + 1, sizeof *strings);
  if (strings == NULL) fail("no-memory", "cannot hold the command");
  const char *at = (const char *)joined.data;
  for (size_t i = 0; i < count; i++, at += strlen(at) + 1) strings[i] = (char *)(uintptr_t)at;
  return strings;
}

/* Whoever walks a list relies on a NUL at its end. */
static struct field string_list(struct field joined) {
  errno = 0;
  if (joined.size > 0 && joined.data[joined.size - 1] != 0) fail("settings-malformed", "a list in the launch settings has no end");
  return joined;
}

static struct sock_fprog filter_program(struct field bytes) {
  size_t count = bytes.size / sizeof(struct sock_filter);
  errno = 0;
  if (count == 0 || count > USHRT_MAX || bytes.size % sizeof(struct sock_filter) != 0)
    fail("filter-malformed", "the seccomp filter is not a BPF program");
  return (struct sock_fprog){(unsigned short)count, (struct sock_filter *)(uintptr_t)bytes.data};
}

static void set_limit(const struct frame *frame, struct limits *out) {
  uint64_t value;
  errno = 0;
  if (!field_number(frame->fields[2], &value) || value == 0 || !limits_set(out, frame->fields[1], value)) fail("settings-malformed", "the session sets a limit that its helper does not know");
}

static enum performs performed_calls(struct field text) {
  static const char *const names[] = {"nothing", "changes", "reads"}; /* as enum performs */
  for (size_t i = 0; i < sizeof names / sizeof *names; i++)
    if (text.size == strlen(names[i]) && memcmp(text.data, names[i], text.size) == 0) return (enum performs)i;
  errno = 0;
  fail("settings-malformed", "the session and its helper are of different versions");
}

static void apply_setting(const struct frame *frame, struct init_settings *out) {
  struct field value = frame->count > 1 ? frame->fields[1] : (struct field){NULL, 0};
  if (frame_is(frame, "argv", 2)) {
    out->argv = split_strings(value);
  } else if (frame_is(frame, "environment", 2)) {
    out->environment = split_strings(value);
  } else if (frame_is(frame, "directory", 2)) {
    out->directory = split_strings(value)[0];
  } else if (frame_is(frame, "filter", 2)) {
    out->filter = filter_program(value);
    out->has_filter = true;
  } else if (frame_is(frame, "limit", 3)) {
    set_limit(frame, &out->limits);
  } else if (frame_is(frame, "masked", 2)) {
    out->supervision.masked_paths = string_list(value);
  } else if (frame_is(frame, "guarded", 4)) {
    out->supervision.guarded_names = string_list(frame->fields[1]);
    out->supervision.guarded_patterns = string_list(frame->fields[2]);
    out->supervision.guarded_links = string_list(frame->fields[3]);
  } else if (frame_is(frame, "performs", 2)) {
    out->supervision.performs = performed_calls(value);
  } else if (frame_is(frame, "only-watches-programs", 1)) {
    out->supervision.only_watches_programs = true;
  } else if (frame_is(frame, "unix-sockets", 2)) {
    out->supervision.connections.unix_sockets = string_list(value);
  } else if (frame_is(frame, "any-unix-socket", 1)) {
    out->supervision.connections.any_unix_socket = true;
  } else if (frame_is(frame, "nested-namespaces", 1)) {
    out->nested_namespaces = true;
  } else if (frame_is(frame, "outer-processes", 1)) {
    out->outer_processes = true;
  } else if (mounts_knows(frame)) {
    out->has_mounts = true;
  } else {
    errno = 0;
    fail("settings-malformed", "the session and its helper are of different versions");
  }
}

struct init_settings init_settings_read(int fd) {
  struct init_settings settings;
  struct stat found;
  memset(&settings, 0, sizeof settings);
  if (fstat(fd, &found) != 0 || found.st_size <= 0 || found.st_size > FRAME_MAX_BYTES) fail("settings-missing", "cannot read the launch settings");
  size_t size = (size_t)found.st_size;
  unsigned char *at = mmap(NULL, size, PROT_READ, MAP_PRIVATE, fd, 0);
  if (at == MAP_FAILED) fail("settings-missing", "cannot read the launch settings");
  close(fd);
  settings.frames = (struct field){at, (uint32_t)size};
  while (size > 0) {
    struct frame frame;
    uint32_t length = size < 4 ? UINT32_MAX : (uint32_t)at[0] | (uint32_t)at[1] << 8 | (uint32_t)at[2] << 16 | (uint32_t)at[3] << 24;
    errno = 0;
    if (length > size - 4 || !frame_parse(at + 4, length, &frame)) fail("settings-malformed", "the launch settings are malformed");
    apply_setting(&frame, &settings);
    at += 4 + length;
    size -= 4 + length;
  }
  if (settings.argv == NULL || settings.argv[0] == NULL || settings.environment == NULL || settings.directory == NULL)
    fail("settings-malformed", "the launch settings name no command");
  return settings;
}
