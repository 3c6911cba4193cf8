#include "leftovers.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "failure.h"
#include "placeholders.h"

/* Deeper trees than this are not made by us; the recursion holds two descriptors a level. */
#define REMOVE_MAX_DEPTH 200
#define START_UP_MAX_SECONDS 60

static void remove_tree_at(int parent, const char *name, int depth) {
  if (unlinkat(parent, name, 0) == 0 || errno == ENOENT) return;
  if (depth > REMOVE_MAX_DEPTH) return;
  int directory = openat(parent, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
  if (directory < 0 && errno == EACCES && fchmodat(parent, name, 0700, 0) == 0)
    directory = openat(parent, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
  if (directory < 0) return;
  (void)fchmod(directory, 0700);
  DIR *entries = fdopendir(directory);
  if (entries == NULL) {
    close(directory);
    return;
  }
  for (struct dirent *entry = readdir(entries); entry != NULL; entry = readdir(entries)) {
    if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0) continue;
    remove_tree_at(directory, entry->d_name, depth + 1);
  }
  closedir(entries);
  unlinkat(parent, name, AT_REMOVEDIR);
}

/* A session without a lock file is either just being made or was given up before its pod ran. */
static bool is_older_than_start_up(int base, const char *name) {
  struct stat found;
  return fstatat(base, name, &found, AT_SYMLINK_NOFOLLOW) == 0 && S_ISDIR(found.st_mode) &&
         time(NULL) - found.st_mtime > START_UP_MAX_SECONDS;
}

static bool is_abandoned(int base, const char *name) {
  char lock_path[NAME_MAX + sizeof "/lock"];
  snprintf(lock_path, sizeof lock_path, "%s/lock", name);
  int lock = openat(base, lock_path, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
  if (lock < 0) return errno == ENOENT && is_older_than_start_up(base, name);
  bool is_free = flock(lock, LOCK_SH | LOCK_NB) == 0; /* shared: two that ask at once do not mislead each other */
  close(lock);
  return is_free;
}

void leftovers_remove(const char *session_directory, enum leftovers_denied denied) {
  int directory = open(session_directory, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
  if (directory < 0) return;
  bool done = placeholders_remove(directory);
  close(directory);
  if (!done && denied == DENIED_ARE_KEPT) return;
  remove_tree_at(AT_FDCWD, session_directory, 0);
  char parent[PATH_MAX];
  const char *slash = strrchr(session_directory, '/');
  if (slash == NULL || (size_t)snprintf(parent, sizeof parent, "%.*s", (int)(slash - session_directory), session_directory) >= sizeof parent) return;
  /* The directory of all sessions goes with the last of them; while there is another one it is not empty. */
  (void)rmdir(parent);
}

/* Locked before it gets its name: a sweep that found it free would take the session for abandoned. */
void leftovers_hold(const char *session_directory) {
  int directory = open(session_directory, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
  int lock = directory < 0 ? -1 : openat(directory, "lock.new", O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
  if (lock < 0 || flock(lock, LOCK_EX | LOCK_NB) != 0 || renameat(directory, "lock.new", directory, "lock") != 0)
    fail("pod-lock", "cannot lock %s", session_directory);
  close(directory);
}

int sweep_main(int argc, char **argv) {
  if (argc != 1) fail("usage", "sweep: expected BASE_DIRECTORY");
  DIR *base = opendir(argv[0]);
  if (base == NULL) return 0;
  for (struct dirent *entry = readdir(base); entry != NULL; entry = readdir(base)) {
    char path[PATH_MAX];
    if (entry->d_name[0] == '.' || !is_abandoned(dirfd(base), entry->d_name)) continue;
    if (snprintf(path, sizeof path, "%s/%s", argv[0], entry->d_name) >= (int)sizeof path) continue;
    leftovers_remove(path, DENIED_ARE_GIVEN_UP);
  }
  closedir(base);
  return 0;
}
