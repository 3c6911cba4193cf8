#include "placeholders.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

/* More mount points than a sandbox can have. */
#define MAX_PLACEHOLDERS 32768u

/* Descriptors: their locks end with them. The process that holds some has one session and no other. */
static struct {
  int files[MAX_PLACEHOLDERS];
  size_t count;
} held;

static struct {
  char bytes[JOURNAL_MAX_BYTES];
  const char *paths[MAX_PLACEHOLDERS];
  size_t count;
} journal;

static int open_itself(const char *path) {
  return open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
}

/* Between its being opened and locked, it may have been removed, and the name used again. */
static bool is_still_at(int file, const char *path) {
  struct stat found, there;
  return fstat(file, &found) == 0 && lstat(path, &there) == 0 && found.st_dev == there.st_dev && found.st_ino == there.st_ino;
}

int placeholders_hold(const char *path) {
  if (held.count == MAX_PLACEHOLDERS) return EMFILE;
  int file = open_itself(path);
  if (file < 0) return errno;
  int error = 0;
  if (flock(file, LOCK_SH | LOCK_NB) != 0) error = errno == EWOULDBLOCK ? ENOENT : errno;
  else if (!is_still_at(file, path)) error = ENOENT;
  if (error != 0) return close(file), error;
  held.files[held.count++] = file;
  return 0;
}

static bool is_placeholder(int file) {
  struct stat found;
  if (fstat(file, &found) != 0 || found.st_mtim.tv_sec != PLACEHOLDER_TIME || found.st_mtim.tv_nsec != 0) return false;
  return S_ISDIR(found.st_mode) || (S_ISREG(found.st_mode) && found.st_size == 0);
}

static bool parent_of(const char *path, char out[PATH_MAX]) {
  const char *slash = strrchr(path, '/');
  if (slash == NULL || slash == path || slash - path >= PATH_MAX) return false;
  memcpy(out, path, (size_t)(slash - path));
  out[slash - path] = 0;
  return true;
}

static bool remove_at(const char *path);

/* What a placeholder was in may be one too: the removal gave it another time. */
static bool remove_and_tidy(const char *path, bool is_directory) {
  char parent[PATH_MAX];
  int around = parent_of(path, parent) ? open_itself(parent) : -1;
  const bool is_inner = around >= 0 && is_placeholder(around);
  const bool is_removed = (is_directory ? rmdir(path) : unlink(path)) == 0;
  const bool is_denied = !is_removed && (errno == EACCES || errno == EPERM || errno == EROFS);
  if (is_removed && is_inner) {
    const struct timespec times[2] = {{.tv_nsec = UTIME_OMIT}, {.tv_sec = PLACEHOLDER_TIME}};
    (void)futimens(around, times);
  }
  if (around >= 0) close(around);
  return is_removed && is_inner ? remove_at(parent) : !is_denied;
}

/* False: only for want of rights. What is in use, or no placeholder any more, stays. */
static bool remove_at(const char *path) {
  int file = open_itself(path);
  if (file < 0) return errno != EACCES;
  struct stat found;
  bool is_free = is_placeholder(file) && flock(file, LOCK_EX | LOCK_NB) == 0 && is_still_at(file, path) && fstat(file, &found) == 0;
  bool done = !is_free || remove_and_tidy(path, S_ISDIR(found.st_mode));
  close(file);
  return done;
}

static void read_journal(int directory) {
  size_t size = 0;
  journal.count = 0;
  int file = openat(directory, "journal", O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
  if (file < 0) return;
  ssize_t got;
  while (size < sizeof journal.bytes && (got = read(file, journal.bytes + size, sizeof journal.bytes - size)) > 0) size += (size_t)got;
  close(file);
  /* A record cut off by a crash has no NUL: nothing was made for it yet. */
  while (size > 0 && journal.bytes[size - 1] != 0) size--;
  for (size_t at = 0; at < size && journal.count < MAX_PLACEHOLDERS; at += strlen(journal.bytes + at) + 1)
    if (journal.bytes[at] == '/') journal.paths[journal.count++] = journal.bytes + at;
}

/* What is inside of something has a longer path. */
static int by_length_descending(const void *one, const void *another) {
  size_t length = strlen(*(const char *const *)one), other_length = strlen(*(const char *const *)another);
  return (length < other_length) - (length > other_length);
}

bool placeholders_remove(int session_directory) {
  bool done = true;
  while (held.count > 0) close(held.files[--held.count]);
  read_journal(session_directory);
  qsort(journal.paths, journal.count, sizeof *journal.paths, by_length_descending);
  for (size_t i = 0; i < journal.count; i++) done = remove_at(journal.paths[i]) && done;
  return done;
}
