#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "front.h"

#define KEY_MAX_BYTES 65536u
#define GROUPS_MAX 256
#define VARIABLE_NAME_MAX 256

extern char **environ;

/* FNV-1a. It tells apart environments of the user's own, and names files; nobody gains by two that are alike. */
static uint64_t hash(uint64_t before, const char *bytes, size_t size) {
  for (size_t i = 0; i < size; i++) before = (before ^ (unsigned char)bytes[i]) * 0x100000001b3u;
  return before;
}
#define HASH_START 0xcbf29ce484222325u

/* Which variables there are, in whatever order: a policy passes them, or not, by name. */
static uint64_t names_hash(void) {
  uint64_t sum = 0;
  for (char **variable = environ; *variable != NULL; variable++) sum += hash(HASH_START, *variable, strcspn(*variable, "="));
  return sum;
}

/* ["heeded", name [, hash of its value]]: of a variable whose value counted. */
bool variable_holds(const struct frame *heeded, void *context) {
  char name[VARIABLE_NAME_MAX];
  uint64_t expected;
  (void)context;
  if (heeded->count < 2 || heeded->fields[1].size >= sizeof name) return false;
  memcpy(name, heeded->fields[1].data, heeded->fields[1].size);
  name[heeded->fields[1].size] = 0;
  const char *value = getenv(name);
  if (value == NULL || heeded->count == 2) return value == NULL && heeded->count == 2;
  return field_number(heeded->fields[2], &expected) && hash(HASH_START, value, strlen(value)) == expected;
}

__attribute__((format(printf, 2, 3))) static bool add(struct key *key, const char *format, ...) {
  va_list arguments;
  va_start(arguments, format);
  const int size = vsnprintf(key->text + key->size, KEY_MAX_BYTES - key->size, format, arguments);
  va_end(arguments);
  if (size < 0 || (size_t)size >= KEY_MAX_BYTES - key->size) return false;
  key->size += (size_t)size + 1; /* its NUL parts it from the next */
  return true;
}

/* Of these Node itself takes the values: src/host/host.ts. */
static bool add_places(struct key *key) {
  static const char *const names[] = {"HOME", "TMPDIR", "TMP", "TEMP"};
  for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
    const char *value = getenv(names[i]);
    if (!add(key, "%s %s", names[i], value == NULL ? "" : value)) return false;
  }
  return add(key, "variables %016llx", (unsigned long long)names_hash());
}

static bool add_user(struct key *key) {
  gid_t groups[GROUPS_MAX];
  const int count = getgroups(GROUPS_MAX, groups);
  if (count < 0 || getuid() != geteuid() || getgid() != getegid()) return false;
  for (int i = 0; i < count; i++)
    if (!add(key, "group %u", groups[i])) return false;
  return add(key, "user %u %u", getuid(), getgid());
}

/* Another build may plan something else, or understand other settings. */
static bool add_program(struct key *key, const char *program) {
  struct stat found;
  if (stat(program, &found) != 0) return false;
  return add(key, "program %s %llu %llu %lld %lld.%09ld", program, (unsigned long long)found.st_dev, (unsigned long long)found.st_ino, (long long)found.st_size, (long long)found.st_ctim.tv_sec, found.st_ctim.tv_nsec);
}

bool key_make(const struct request *request, const char *started, const char *program, bool has_terminal, struct key *out) {
  const char *home = getenv("HOME");
  *out = (struct key){.text = malloc(KEY_MAX_BYTES)};
  if (out->text == NULL || home == NULL || home[0] != '/' || getcwd(out->directory, sizeof out->directory) == NULL || out->directory[0] != '/') return false;
  if (!add(out, "launch 1 " SRT_VERSION) || !add_program(out, program) || !add(out, "started %s", started) || !add_user(out) || !add(out, "directory %s", out->directory)) return false;
  if (!add(out, "terminal %d", has_terminal) || !add(out, "settings %s", request->settings == NULL ? "" : request->settings) || !add_places(out)) return false;
  const int size = snprintf(out->file, sizeof out->file, "%s/.local/state/srt/launches/%016llx", home, (unsigned long long)hash(HASH_START, out->text, out->size));
  return size > 0 && (size_t)size < sizeof out->file;
}
