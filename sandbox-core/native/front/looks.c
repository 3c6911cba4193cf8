#include "looks.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../src/placeholders.h"

static bool is_text(struct field found, const char *text) {
  return found.size == strlen(text) && memcmp(found.data, text, found.size) == 0;
}

/* "!missing": Node tells no more of the two. */
static bool is_errno(struct field found) {
  char text[16];
  if (is_text(found, "!missing")) return errno == ENOENT || errno == ENOTDIR;
  snprintf(text, sizeof text, "!%d", errno);
  return is_text(found, text);
}

/* In doubles, as the numbers of Node's Stats are: what they cannot hold is not the same. */
static bool stat_holds(const char *path, struct field found, int flags) {
  struct stat now;
  char text[160];
  if (fstatat(AT_FDCWD, path, &now, flags) != 0) return is_errno(found);
  const bool has_time = now.st_mtim.tv_sec == PLACEHOLDER_TIME && now.st_mtim.tv_nsec == 0 && (!S_ISREG(now.st_mode) || now.st_size == 0);
  snprintf(text, sizeof text, "%o %.0f %.0f %u %u %d", now.st_mode, (double)now.st_dev, (double)now.st_ino, now.st_uid, now.st_gid, has_time ? 1 : 0);
  return is_text(found, text);
}

static bool readlink_holds(const char *path, struct field found) {
  char target[PATH_MAX];
  const ssize_t size = readlink(path, target, sizeof target - 1);
  if (size < 0) return is_errno(found);
  target[size] = 0;
  return is_text(found, target);
}

static bool realpath_holds(const char *path, struct field found) {
  char real[PATH_MAX];
  return realpath(path, real) == NULL ? is_errno(found) : is_text(found, real);
}

static char letter_of(unsigned char type) {
  switch (type) {
    case DT_REG: return 'f';
    case DT_DIR: return 'd';
    case DT_LNK: return 'l';
    case DT_UNKNOWN: return '?'; /* nothing that was found */
    default: return 'o';
  }
}

struct listing {
  char **entries; /* a letter and a name */
  size_t count;
};

static int by_bytes(const void *one, const void *another) {
  return strcmp(*(char *const *)one, *(char *const *)another);
}

static void listing_free(struct listing *listing) {
  for (size_t i = 0; i < listing->count; i++) free(listing->entries[i]);
  free(listing->entries);
}

static bool listing_add(struct listing *listing, size_t *room, const struct dirent *entry) {
  if (listing->count == *room) {
    *room = *room == 0 ? 64 : *room * 2;
    char **grown = realloc(listing->entries, *room * sizeof *grown);
    if (grown == NULL) return false;
    listing->entries = grown;
  }
  char *text = malloc(strlen(entry->d_name) + 2);
  if (text == NULL) return false;
  text[0] = letter_of(entry->d_type);
  strcpy(text + 1, entry->d_name);
  listing->entries[listing->count++] = text;
  return true;
}

/* False with errno: it cannot be listed. */
static bool listing_read(const char *path, struct listing *out) {
  size_t room = 0;
  bool done = true;
  *out = (struct listing){0};
  DIR *directory = opendir(path);
  if (directory == NULL) return false;
  errno = 0;
  for (struct dirent *entry = readdir(directory); done && entry != NULL; entry = readdir(directory))
    if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0) done = listing_add(out, &room, entry);
  const int cause = errno;
  closedir(directory);
  errno = cause;
  if (out->count > 0) qsort(out->entries, out->count, sizeof *out->entries, by_bytes);
  if (done && cause == 0) return true;
  listing_free(out);
  return false;
}

static bool list_holds(const char *path, struct field found) {
  struct listing now;
  if (!listing_read(path, &now)) return is_errno(found);
  const char *expected = NULL;
  bool is_same = true;
  for (size_t i = 0; is_same && i < now.count; i++) {
    expected = next_string(found, expected);
    is_same = expected != NULL && strcmp(expected, now.entries[i]) == 0;
  }
  is_same = is_same && (now.count == 0 ? found.size == 0 : next_string(found, expected) == NULL);
  listing_free(&now);
  return is_same;
}

static bool content_is(int file, struct field found) {
  char buffer[16384];
  size_t at = 0;
  for (;;) {
    const ssize_t got = read(file, buffer, sizeof buffer);
    if (got == 0) return at == found.size;
    if (got < 0 || (size_t)got > found.size - at || memcmp(buffer, found.data + at, (size_t)got) != 0) return false;
    at += (size_t)got;
  }
}

static bool file_holds(const char *path, struct field found, bool is_stamp) {
  struct stat now;
  char text[160];
  const int file = open(path, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
  if (file < 0) return is_errno(found);
  bool holds = fstat(file, &now) == 0 && S_ISREG(now.st_mode);
  if (holds && is_stamp) {
    snprintf(text, sizeof text, "%llu %llu %lld %lld.%09ld %lld.%09ld", (unsigned long long)now.st_dev, (unsigned long long)now.st_ino, (long long)now.st_size, (long long)now.st_mtim.tv_sec, now.st_mtim.tv_nsec, (long long)now.st_ctim.tv_sec, now.st_ctim.tv_nsec);
    holds = is_text(found, text);
  } else if (holds) holds = (uint64_t)now.st_size == found.size && content_is(file, found);
  close(file);
  return holds;
}

static bool access_holds(const char *path, struct field found, struct field mode) {
  uint64_t wanted;
  if (!field_number(mode, &wanted) || wanted > 7) return false;
  return access(path, (int)wanted) == 0 ? is_text(found, "0") : is_errno(found);
}

/* ["look", kind, path, found [, mode]] */
static bool look_holds(const struct frame *look, void *context) {
  char path[PATH_MAX];
  (void)context;
  if (look->count < 4 || !kept_path(look->fields[2], path)) return false;
  const struct field kind = look->fields[1], found = look->fields[3];
  errno = 0;
  if (is_text(kind, "lstat")) return stat_holds(path, found, AT_SYMLINK_NOFOLLOW);
  if (is_text(kind, "stat")) return stat_holds(path, found, 0);
  if (is_text(kind, "list")) return list_holds(path, found);
  if (is_text(kind, "readlink")) return readlink_holds(path, found);
  if (is_text(kind, "realpath")) return realpath_holds(path, found);
  if (is_text(kind, "exists")) return is_text(found, access(path, F_OK) == 0 ? "yes" : "no");
  if (is_text(kind, "access")) return look->count == 5 && access_holds(path, found, look->fields[4]);
  if (is_text(kind, "text") || is_text(kind, "stamp")) return file_holds(path, found, is_text(kind, "stamp"));
  return false;
}

bool looks_hold(const struct kept *kept) {
  return kept_each(kept, "look", look_holds, NULL);
}

struct entry {
  const char *directory;
  const char *name;
};

/* ["mount-point", kind, path, is there]: what this session made itself, and what is in it. */
static bool is_other_path(const struct frame *point, void *context) {
  const struct entry *entry = context;
  char path[PATH_MAX];
  const size_t length = strlen(entry->directory);
  if (point->count < 3 || !kept_path(point->fields[2], path) || strncmp(path, entry->directory, length) != 0 || path[length] != '/') return true;
  return strcmp(path + length + 1, entry->name) != 0;
}

/* Or makes one of what is there already: src/host/tree-scan.ts, looksLikeGitDirectory. */
static bool may_be_repository(const char *entry) {
  return entry[0] != 'f' || strcmp(entry + 1, ".git") == 0 || strcmp(entry + 1, "HEAD") == 0 || strcmp(entry + 1, "commondir") == 0;
}

static bool shows_nothing_new(const struct frame *look, void *context) {
  const struct kept *kept = context;
  char path[PATH_MAX];
  struct listing now;
  if (look->count < 4) return false;
  if (is_text(look->fields[1], "exists") && is_text(look->fields[3], "no")) return look_holds(look, NULL);
  if (!is_text(look->fields[1], "list") || list_holds(kept_path(look->fields[2], path) ? path : "", look->fields[3])) return true;
  if (!listing_read(path, &now)) return false;
  bool is_new = false;
  const char *known = next_string(look->fields[3], NULL);
  for (size_t i = 0; i < now.count && !is_new; i++) {
    while (known != NULL && strcmp(known, now.entries[i]) < 0) known = next_string(look->fields[3], known);
    struct entry entry = {path, now.entries[i] + 1};
    is_new = may_be_repository(now.entries[i]) && (known == NULL || strcmp(known, now.entries[i]) != 0) && kept_each(kept, "mount-point", is_other_path, &entry);
  }
  listing_free(&now);
  return !is_new;
}

bool looks_show_something_new(const struct kept *kept) {
  return !kept_each(kept, "look", shows_nothing_new, (void *)(uintptr_t)kept);
}
