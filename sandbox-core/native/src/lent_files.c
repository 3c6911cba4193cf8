#include "lent_files.h"

#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "mount_calls.h"

#define MAX_KNOWN 64u
#define LINK_BYTES 32

/* Mounts of the sandbox, none of which comes or goes: to look them up takes longer than what is asked about. */
static unsigned long long known_mounts[MAX_KNOWN];

/* Held on mounts of their own, of which the kernel tells no path. */
static struct {
  dev_t device;
  ino_t inode;
  char *path;
} hidden[STDERR_FILENO + 1];

static bool is_in_mount_table(unsigned long long id) {
  char *line = NULL;
  size_t room = 0;
  bool found = false;
  FILE *mounts = fopen("/proc/self/mountinfo", "re");
  while (mounts != NULL && !found && getline(&line, &room, mounts) > 0) found = strtoull(line, NULL, 10) == id;
  free(line);
  if (mounts != NULL) fclose(mounts);
  return found;
}

static bool is_own_mount(unsigned long long id) {
  unsigned long long *known = &known_mounts[id % MAX_KNOWN];
  if (*known == id) return true;
  if (!is_in_mount_table(id)) return false;
  *known = id;
  return true;
}

bool is_lent_file(int file) {
  struct statx found;
  if (statx(file, "", AT_EMPTY_PATH, STATX_TYPE | STATX_NLINK | STATX_MNT_ID, &found) != 0) return true;
  if ((!S_ISREG(found.stx_mode) && !S_ISDIR(found.stx_mode)) || found.stx_nlink == 0) return false;
  return found.stx_mnt_id == 0 || !is_own_mount(found.stx_mnt_id);
}

/* Below a root: while it is being put together, there is a /proc nowhere else. */
static void link_of(int file, char link[LINK_BYTES]) {
  snprintf(link, LINK_BYTES, "proc/self/fd/%d", file);
}

static bool is_for_reading(int file) {
  const int flags = fcntl(file, F_GETFL);
  return flags >= 0 && (flags & O_ACCMODE) == O_RDONLY;
}

/* The name of a file that is given for reading and has a place in it. */
static bool lent_name(int root, int file, char path[PATH_MAX]) {
  char link[LINK_BYTES];
  if (!is_for_reading(file) || lseek(file, 0, SEEK_CUR) < 0) return false;
  link_of(file, link);
  ssize_t length = readlinkat(root, link, path, PATH_MAX - 1);
  if (length <= 0 || path[0] != '/') return false;
  path[length] = 0;
  return true;
}

static bool is_same_file(int file, int other) {
  struct stat lent, found;
  return other >= 0 && fstat(file, &lent) == 0 && S_ISREG(lent.st_mode) && fstat(other, &found) == 0 && found.st_dev == lent.st_dev && found.st_ino == lent.st_ino;
}

/* Takes `inside`, which may be none. The place in the file stays. */
static bool give_instead(int file, int inside) {
  const off_t at = lseek(file, 0, SEEK_CUR);
  bool given = is_same_file(file, inside) && lseek(inside, at, SEEK_SET) == at && dup2(inside, file) == file;
  if (inside >= 0) close(inside);
  return given;
}

void lent_files_open_inside(void) {
  char path[PATH_MAX];
  int root = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);
  for (int file = STDIN_FILENO; file <= STDERR_FILENO; file++)
    if (lent_name(root, file, path)) (void)give_instead(file, open(path, fcntl(file, F_GETFL) | O_NOFOLLOW | O_NOCTTY | O_CLOEXEC));
  if (root >= 0) close(root);
}

/* What the mount is on, read-only: the mount lives as long as what is opened on it. */
static int open_read_only(int root, int place, int flags) {
  char link[LINK_BYTES];
  int copy = mount_copy(place);
  bool is_held = copy >= 0 && mount_make_read_only(copy, false) == 0;
  link_of(copy, link);
  int opened = is_held ? openat(root, link, flags | O_NOCTTY | O_CLOEXEC) : -1;
  if (copy >= 0) close(copy);
  return opened;
}

int lent_files_unheld(void) {
  for (int file = STDIN_FILENO; file <= STDERR_FILENO; file++) {
    struct statvfs mount;
    if (is_for_reading(file) && is_lent_file(file) && (fstatvfs(file, &mount) != 0 || (mount.f_flag & ST_RDONLY) == 0)) return file;
  }
  return -1;
}

static void remember_hidden(int file, const char *path) {
  struct stat found;
  if (fstat(file, &found) != 0) return;
  hidden[file].device = found.st_dev;
  hidden[file].inode = found.st_ino;
  hidden[file].path = strdup(path);
}

const char *lent_file_path(int file) {
  struct stat found;
  if (fstat(file, &found) != 0) return NULL;
  for (size_t i = 0; i < sizeof hidden / sizeof *hidden; i++)
    if (hidden[i].path != NULL && hidden[i].device == found.st_dev && hidden[i].inode == found.st_ino) return hidden[i].path;
  return NULL;
}

void lent_files_hold_hidden(int root, int host) {
  char path[PATH_MAX];
  for (int file = STDIN_FILENO; file <= STDERR_FILENO; file++) {
    if (!lent_name(root, file, path)) continue;
    int inside = mount_open_path(root, path);
    int outside = is_same_file(file, inside) ? -1 : mount_open_path(host, path);
    if (is_same_file(file, outside) && give_instead(file, open_read_only(root, outside, fcntl(file, F_GETFL)))) remember_hidden(file, path);
    if (inside >= 0) close(inside);
    if (outside >= 0) close(outside);
  }
}
