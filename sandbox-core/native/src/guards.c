#include "guards.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <fnmatch.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "failure.h"

/* A directory that is renamed is looked through up to here; a larger one is not moved. */
#define FIND_MAX_ENTRIES 200000u
#define FIND_MAX_DEPTH 64

struct guarded_name {
  const char *text;
  size_t length;
};

static struct {
  struct guarded_name *names;
  size_t name_count;
  bool begins[UCHAR_MAX + 1]; /* whether some name does so, in either case: most components of paths are told apart by that */
  const char **patterns;
  size_t pattern_count;
} guards;

static size_t count_strings(struct field joined) {
  size_t count = 0;
  for (uint32_t i = 0; i < joined.size; i++) count += joined.data[i] == 0;
  return count;
}

void guards_start(struct field names, struct field patterns) {
  const char *name = (const char *)names.data, *pattern = (const char *)patterns.data;
  guards.name_count = count_strings(names);
  guards.pattern_count = count_strings(patterns);
  guards.names = calloc(guards.name_count + 1, sizeof *guards.names);
  guards.patterns = calloc(guards.pattern_count + 1, sizeof *guards.patterns);
  errno = 0;
  if (guards.names == NULL || guards.patterns == NULL) fail("no-memory", "cannot watch the protected names");
  for (size_t i = 0; i < guards.name_count; i++, name += strlen(name) + 1) {
    guards.names[i] = (struct guarded_name){name, strlen(name)};
    guards.begins[(unsigned char)tolower((unsigned char)*name)] = guards.begins[(unsigned char)toupper((unsigned char)*name)] = true;
  }
  for (size_t i = 0; i < guards.pattern_count; i++, pattern += strlen(pattern) + 1) guards.patterns[i] = pattern;
}

bool guards_exist(void) {
  return guards.name_count > 0 || guards.pattern_count > 0;
}

static bool starts_with_guarded_name(const char *path) {
  if (!guards.begins[(unsigned char)*path]) return false;
  for (size_t i = 0; i < guards.name_count; i++) {
    const struct guarded_name *name = &guards.names[i];
    if (strncasecmp(path, name->text, name->length) == 0 && (path[name->length] == '/' || path[name->length] == 0)) return true;
  }
  return false;
}

static bool starts_with_guarded_pattern(const char *path) {
  char component[NAME_MAX + 1];
  size_t length = strcspn(path, "/");
  if (guards.pattern_count == 0 || length > NAME_MAX) return false;
  memcpy(component, path, length);
  component[length] = 0;
  for (size_t i = 0; i < guards.pattern_count; i++)
    if (fnmatch(guards.patterns[i], component, FNM_CASEFOLD) == 0) return true;
  return false;
}

bool guards_hold(const char *path) {
  for (const char *at = strchr(path, '/'); at != NULL; at = strchr(at + 1, '/'))
    if (starts_with_guarded_name(at + 1) || starts_with_guarded_pattern(at + 1)) return true;
  return false;
}

bool path_list_add(struct path_list *list, const char *path) {
  size_t size = strlen(path) + 1;
  if (list->count == GUARDS_MAX_FOUND) return list->overflow = true, false;
  if (list->size + size > list->capacity) {
    size_t capacity = list->capacity + size + PATH_MAX;
    char *text = realloc(list->text, capacity);
    if (text == NULL) return list->overflow = true, false;
    list->text = text;
    list->capacity = capacity;
  }
  memcpy(list->text + list->size, path, size);
  list->size += size;
  list->count++;
  return true;
}

/* `path` is the room for all names below; true: go on. */
static bool find_below(int directory, char path[PATH_MAX], int depth, unsigned *entries_left, struct path_list *out) {
  size_t length = strlen(path);
  int readable = openat(directory, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  DIR *entries = readable < 0 ? NULL : fdopendir(readable);
  if (entries == NULL) return readable >= 0 ? (close(readable), true) : true; /* what cannot be read cannot be searched either */
  for (struct dirent *entry = readdir(entries); entry != NULL && !out->overflow; entry = readdir(entries)) {
    if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0) continue;
    if ((*entries_left)-- == 0 || depth == FIND_MAX_DEPTH || (size_t)snprintf(path + length, PATH_MAX - length, "/%s", entry->d_name) >= PATH_MAX - length) {
      out->overflow = true;
      break;
    }
    if (guards_hold(path)) (void)path_list_add(out, path);
    int below = entry->d_type == DT_DIR || entry->d_type == DT_UNKNOWN ? openat(dirfd(entries), entry->d_name, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC) : -1;
    if (below < 0) continue;
    (void)find_below(below, path, depth + 1, entries_left, out);
    close(below);
  }
  path[length] = 0;
  closedir(entries);
  return true;
}

void guards_find_below(int directory, const char *path, struct path_list *out) {
  char room[PATH_MAX];
  unsigned entries_left = FIND_MAX_ENTRIES;
  if (strlen(path) >= sizeof room) return;
  strcpy(room, strcmp(path, "/") == 0 ? "" : path);
  (void)find_below(directory, room, 0, &entries_left, out);
}
