#include "directory_paths.h"

#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "lent_files.h"

#define REMEMBERED 32u
#define MOMENT_NANOSECONDS 10000000ll

/* A directory as it is mounted here. The time of birth tells it from a later one that got its number. */
struct identity {
  uint64_t mount, inode;
  struct statx_timestamp birth;
  uint32_t device_major, device_minor;
};

static struct {
  bool remembers;
  struct {
    bool used;
    struct identity directory;
    long long until;
    char path[PATH_MAX];
  } known[REMEMBERED];
} paths;

bool descriptor_path(int fd, char out[PATH_MAX]) {
  char link[64];
  snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
  ssize_t length = readlink(link, out, PATH_MAX);
  if (length <= 0 || length >= PATH_MAX || out[0] != '/') return false;
  out[length] = 0;
  const char *lent = length == 1 ? lent_file_path(fd) : NULL;
  if (lent != NULL) snprintf(out, PATH_MAX, "%s", lent);
  return true;
}

static long long now(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC_COARSE, &time);
  return time.tv_sec * 1000000000ll + time.tv_nsec;
}

static bool is_same(const struct identity *a, const struct identity *b) {
  return a->mount == b->mount && a->inode == b->inode && a->device_major == b->device_major && a->device_minor == b->device_minor && a->birth.tv_sec == b->birth.tv_sec && a->birth.tv_nsec == b->birth.tv_nsec;
}

bool directory_path(int fd, char out[PATH_MAX]) {
  const unsigned identified = STATX_MNT_ID | STATX_INO | STATX_BTIME;
  struct statx found;
  if (statx(fd, "", AT_EMPTY_PATH | AT_STATX_DONT_SYNC, identified | STATX_TYPE, &found) != 0 || !S_ISDIR(found.stx_mode)) return false;
  if (!paths.remembers || (found.stx_mask & identified) != identified) return descriptor_path(fd, out);
  const struct identity directory = {found.stx_mnt_id, found.stx_ino, found.stx_btime, found.stx_dev_major, found.stx_dev_minor};
  const size_t at = found.stx_ino % REMEMBERED;
  const long long time = now();
  if (paths.known[at].used && time < paths.known[at].until && is_same(&paths.known[at].directory, &directory)) return strcpy(out, paths.known[at].path), true;
  paths.known[at].used = descriptor_path(fd, out);
  if (!paths.known[at].used) return false;
  paths.known[at].directory = directory;
  paths.known[at].until = time + MOMENT_NANOSECONDS;
  strcpy(paths.known[at].path, out);
  return true;
}

void directory_paths_remember(void) {
  paths.remembers = true;
}

void directory_paths_forget(void) {
  for (size_t i = 0; i < REMEMBERED; i++) paths.known[i].used = false;
}
