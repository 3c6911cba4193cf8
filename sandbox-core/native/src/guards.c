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
#include <sys/stat.h>
#include <unistd.h>

#include "failure.h"

/* A directory that is renamed is looked through up to here; a larger one is not moved. */
#define FIND_MAX_ENTRIES 200000u
#define FIND_MAX_DEPTH 64
/* A policy may name thousands. */
#define BUCKETS 1024u

struct guarded_name {
  const char *text;
  size_t length;
  size_t before; /* its last component */
  bool ends;     /* counts only as the last component */
  const struct guarded_name *next;
};

static struct {
  struct guarded_name *names;
  size_t name_count;
  const struct guarded_name *buckets[BUCKETS]; /* by their last component */
  const char **patterns, **links;
  size_t pattern_count, link_count;
} guards;

static size_t count_strings(struct field joined) {
  size_t count = 0;
  for (uint32_t i = 0; i < joined.size; i++) count += joined.data[i] == 0;
  return count;
}

static const char **split(struct field joined, size_t *count) {
  const char *at = (const char *)joined.data;
  *count = count_strings(joined);
  const char **strings = calloc(*count + 1, sizeof *strings);
  errno = 0;
  if (strings == NULL) fail("no-memory", "cannot watch the protected names");
  for (size_t i = 0; i < *count; i++, at += strlen(at) + 1) strings[i] = at;
  return strings;
}

/* Of a component, in either case. */
static size_t bucket_of(const char *component, size_t length) {
  size_t hash = 0;
  for (size_t i = 0; i < length; i++) hash = hash * 31 + (unsigned char)tolower((unsigned char)component[i]);
  return (hash ^ hash >> 10) % BUCKETS;
}

void guards_start(struct field names, struct field patterns, struct field links) {
  const char *name = (const char *)names.data;
  guards.patterns = split(patterns, &guards.pattern_count);
  guards.links = split(links, &guards.link_count);
  guards.name_count = count_strings(names);
  guards.names = calloc(guards.name_count + 1, sizeof *guards.names);
  errno = 0;
  if (guards.names == NULL) fail("no-memory", "cannot watch the protected names");
  for (size_t i = 0; i < guards.name_count; i++, name += strlen(name) + 1) {
    const size_t size = strlen(name);
    const bool ends = size > 2 && strcmp(name + size - 2, "//") == 0;
    const size_t length = ends ? size - 2 : size;
    const char *slash = memrchr(name, '/', length);
    const size_t before = slash == NULL ? 0 : (size_t)(slash + 1 - name);
    const struct guarded_name **bucket = &guards.buckets[bucket_of(name + before, length - before)];
    guards.names[i] = (struct guarded_name){name, length, before, ends, *bucket};
    *bucket = &guards.names[i];
  }
}

bool guards_exist(void) {
  return guards.name_count > 0 || guards.pattern_count > 0;
}

/* Whether a guarded name ends with the component of the path that begins there. */
static bool ends_guarded_name(const char *path, const char *component) {
  const size_t length = strcspn(component, "/");
  for (const struct guarded_name *name = guards.buckets[bucket_of(component, length)]; name != NULL; name = name->next) {
    if (length != name->length - name->before || name->before >= (size_t)(component - path) || (name->ends && component[length] != 0)) continue;
    const char *start = component - name->before;
    if (start[-1] == '/' && strncasecmp(start, name->text, name->length) == 0) return true;
  }
  return false;
}

static bool is_one_of(const char **patterns, size_t count, const char *path) {
  char component[NAME_MAX + 1];
  size_t length = strcspn(path, "/");
  if (count == 0 || length > NAME_MAX) return false;
  memcpy(component, path, length);
  component[length] = 0;
  for (size_t i = 0; i < count; i++)
    if (fnmatch(patterns[i], component, FNM_CASEFOLD) == 0) return true;
  return false;
}

static bool hold(const char *path) {
  for (const char *at = strchr(path, '/'); at != NULL; at = strchr(at + 1, '/'))
    if (ends_guarded_name(path, at + 1) || is_one_of(guards.patterns, guards.pattern_count, at + 1)) return true;
  return false;
}

/* The path as file systems keep it that drop dots and spaces at the end of a name: vfat, exFAT, shares of Windows. False: it is the same. */
static bool drop_endings(const char *path, char kept[PATH_MAX]) {
  size_t size = 0;
  const char *at = path;
  for (; *at != 0 && size < PATH_MAX - 1; at++) {
    const size_t dropped = strspn(at, ". ");
    if (dropped > 0 && (at[dropped] == '/' || at[dropped] == 0)) at += dropped;
    if (*at == 0) break;
    kept[size++] = *at;
  }
  kept[size] = 0;
  return path[size] != 0;
}

bool guards_hold(const char *path) {
  char kept[PATH_MAX];
  return hold(path) || (drop_endings(path, kept) && hold(kept));
}

/* Before and after the path: what it is, in the list. */
static void add(struct path_list *list, const char *before, const char *path, const char *after) {
  size_t size = strlen(before) + strlen(path) + strlen(after) + 1;
  list->overflow = list->overflow || list->count == GUARDS_MAX_FOUND;
  if (list->overflow) return;
  if (list->size + size > list->capacity) {
    size_t capacity = list->capacity + size + PATH_MAX;
    char *text = realloc(list->text, capacity);
    if (text == NULL) {
      list->overflow = true;
      return;
    }
    list->text = text;
    list->capacity = capacity;
  }
  (void)snprintf(list->text + list->size, size, "%s%s%s", before, path, after);
  list->size += size;
  list->count++;
}

void path_list_add(struct path_list *list, const char *path) {
  add(list, "", path, "");
}

void path_list_add_move(struct path_list *list, const char *from, const char *to) {
  if (!guards_hold(from) && !guards_hold(to)) return;
  add(list, "<", from, "");
  add(list, "", to, "");
}

void path_list_add_link(struct path_list *list, const char *path, const char *text) {
  const char *name = strrchr(path, '/');
  char kept[PATH_MAX];
  if (name == NULL || !(is_one_of(guards.links, guards.link_count, name + 1) || (drop_endings(name, kept) && is_one_of(guards.links, guards.link_count, kept + 1)))) return;
  add(list, "", path, "/");
  add(list, ">", text, "");
}

void path_list_add_if_link(struct path_list *list, int link, const char *path) {
  char text[PATH_MAX];
  ssize_t length = link < 0 ? -1 : readlinkat(link, "", text, sizeof text - 1);
  if (length <= 0) return;
  text[length] = 0;
  path_list_add_link(list, path, text);
}

void path_list_free(struct path_list *list) {
  free(list->text);
  *list = (struct path_list){0};
}

/* A directory that is looked through: where it was, and where it will be. Both are room for all names below. */
struct moved {
  char from[PATH_MAX], to[PATH_MAX];
  unsigned entries_left;
  struct path_list *out;
};

static bool append(char path[PATH_MAX], size_t length, const char *name) {
  return (size_t)snprintf(path + length, PATH_MAX - length, "/%s", name) < PATH_MAX - length;
}

static void find_below(struct moved *moved, int directory, int depth);

static bool is_directory(int fd) {
  struct stat found;
  return fstat(fd, &found) == 0 && S_ISDIR(found.st_mode);
}

/* Nobody can tell what is in it, and its owner can open it once it has its new name. */
static void not_looked_through(struct moved *moved) {
  if (errno != ENOENT) moved->out->overflow = true;
}

static void find_entry(struct moved *moved, DIR *entries, const struct dirent *entry, int depth) {
  const bool may_be_other = entry->d_type == DT_UNKNOWN;
  path_list_add_move(moved->out, moved->from, moved->to);
  if (!may_be_other && entry->d_type != DT_DIR && entry->d_type != DT_LNK) return;
  int below = openat(dirfd(entries), entry->d_name, O_PATH | O_NOFOLLOW | O_CLOEXEC);
  if (below < 0) return not_looked_through(moved);
  if (entry->d_type != DT_DIR) path_list_add_if_link(moved->out, below, moved->to);
  if (entry->d_type == DT_DIR || (may_be_other && is_directory(below))) find_below(moved, below, depth + 1);
  close(below);
}

static void find_below(struct moved *moved, int directory, int depth) {
  const size_t from = strlen(moved->from), to = strlen(moved->to);
  int readable = openat(directory, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  DIR *entries = readable < 0 ? NULL : fdopendir(readable);
  if (entries == NULL && readable >= 0) close(readable);
  if (entries == NULL) return not_looked_through(moved);
  for (struct dirent *entry = readdir(entries); entry != NULL && !moved->out->overflow; entry = readdir(entries)) {
    if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0) continue;
    if (moved->entries_left-- == 0 || depth == FIND_MAX_DEPTH || !append(moved->from, from, entry->d_name) || !append(moved->to, to, entry->d_name)) moved->out->overflow = true;
    else find_entry(moved, entries, entry, depth);
  }
  moved->from[from] = moved->to[to] = 0;
  closedir(entries);
}

void guards_find_below(int directory, const char *from, const char *to, struct path_list *out) {
  struct moved moved = {.entries_left = FIND_MAX_ENTRIES, .out = out};
  if (snprintf(moved.from, PATH_MAX, "%s", strcmp(from, "/") == 0 ? "" : from) >= PATH_MAX || snprintf(moved.to, PATH_MAX, "%s", strcmp(to, "/") == 0 ? "" : to) >= PATH_MAX) return;
  find_below(&moved, directory, 0);
}
