#include "journal.h"

#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* More mount points than bubblewrap could use in one sandbox. */
#define MAX_MADE 16384u

struct record {
  const char *text;
  const char *path;
  char kind;
  unsigned long long device, inode;
};

/* Whole records: the last byte is a NUL. */
struct text {
  char bytes[JOURNAL_MAX_BYTES];
  size_t size;
};

/* The helper that removes a session does nothing else, so there is one journal of its own and one other at a time. */
static struct text own, other;
static struct record made[MAX_MADE];
static size_t made_count;

static void read_text(int directory, struct text *out) {
  out->size = 0;
  int file = openat(directory, "journal", O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
  if (file < 0) return;
  ssize_t got;
  while (out->size < sizeof out->bytes && (got = read(file, out->bytes + out->size, sizeof out->bytes - out->size)) > 0) out->size += (size_t)got;
  close(file);
  /* A record cut off by a crash has no NUL and is left. */
  while (out->size > 0 && out->bytes[out->size - 1] != 0) out->size--;
}

static bool parse(const char *text, struct record *out) {
  int path_at = 0;
  if (sscanf(text, "%c %llu %llu %n", &out->kind, &out->device, &out->inode, &path_at) != 3 || text[path_at] != '/') return false;
  out->text = text;
  out->path = text + path_at;
  return true;
}

void journal_load(int directory) {
  made_count = 0;
  read_text(directory, &own);
  for (size_t at = 0; at < own.size && made_count < MAX_MADE; at += strlen(own.bytes + at) + 1)
    if (parse(own.bytes + at, &made[made_count]) && (made[made_count].kind == 'd' || made[made_count].kind == 'f')) made_count++;
}

/* A journal too long to be read whole may use anything. */
static bool is_used(const struct record *record, const struct text *journal) {
  size_t length = strlen(record->path);
  if (journal->size == sizeof journal->bytes) return true;
  for (size_t at = 0; at < journal->size; at += strlen(journal->bytes + at) + 1) {
    const char *used = strchr(journal->bytes + at, '/');
    if (used != NULL && strncmp(used, record->path, length) == 0 && (used[length] == 0 || used[length] == '/')) return true;
  }
  return false;
}

void journal_hand_over(int directory) {
  if (made_count == 0) return;
  read_text(directory, &other);
  if (other.size == 0) return;
  int file = openat(directory, "journal", O_WRONLY | O_APPEND | O_NOFOLLOW | O_CLOEXEC);
  size_t kept = 0;
  for (size_t i = 0; i < made_count; i++) {
    if (!is_used(&made[i], &other)) made[kept++] = made[i];
    /* On a full disk it is left where it is: an empty directory does less harm than a mount that is gone. */
    else if (file >= 0) (void)!write(file, made[i].text, strlen(made[i].text) + 1);
  }
  made_count = kept;
  if (file >= 0) close(file);
}

static void remove_mount_point(const struct record *record) {
  struct stat found;
  if (lstat(record->path, &found) != 0 || found.st_dev != record->device || found.st_ino != record->inode) return;
  if (record->kind == 'd' && S_ISDIR(found.st_mode)) rmdir(record->path);
  if (record->kind == 'f' && S_ISREG(found.st_mode) && found.st_size == 0) unlink(record->path);
}

/* What is inside of something has a longer path. */
static int by_length_descending(const void *one, const void *another) {
  size_t length = strlen(((const struct record *)one)->path), other_length = strlen(((const struct record *)another)->path);
  return (length < other_length) - (length > other_length);
}

void journal_replay(void) {
  qsort(made, made_count, sizeof *made, by_length_descending);
  for (size_t i = 0; i < made_count; i++) remove_mount_point(&made[i]);
}
