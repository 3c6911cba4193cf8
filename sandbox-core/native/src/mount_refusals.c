#include "mount_refusals.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>

#include "failure.h"

#define MAX_MASKED_PATHS 16384u

struct masked_path {
  const char *path;
  size_t length;
  dev_t device;
  ino_t inode;
};

/* One sandbox per process: pid 1 is this program and nothing else. */
static struct {
  struct masked_path *paths;
  size_t count;
} masks;

static bool is_masked_inode(const struct stat *found) {
  for (size_t i = 0; i < masks.count; i++)
    if (masks.paths[i].inode == found->st_ino && masks.paths[i].device == found->st_dev) return true;
  return false;
}

static bool is_at_or_below(const char *path, const char *ancestor, size_t length) {
  if (length == 1) return true; /* the root */
  return strncmp(path, ancestor, length) == 0 && (path[length] == '/' || path[length] == 0);
}

static bool is_below_mask(const char *path) {
  for (size_t i = 0; i < masks.count; i++)
    if (is_at_or_below(path, masks.paths[i].path, masks.paths[i].length)) return true;
  return false;
}

static bool is_masked(const struct caller_path *at) {
  struct stat found;
  if (at->state == PATH_EXISTS) return fstat(at->target, &found) == 0 && is_masked_inode(&found);
  return at->state != PATH_ELSEWHERE && is_below_mask(at->path);
}

static bool is_read_only_mount(int fd) {
  struct statvfs mount;
  return fd >= 0 && fstatvfs(fd, &mount) == 0 && (mount.f_flag & ST_RDONLY) != 0;
}

static unsigned long long mount_id(int fd) {
  struct statx found;
  if (fd < 0 || statx(fd, "", AT_EMPTY_PATH, STATX_MNT_ID, &found) != 0) return 0;
  return found.stx_mnt_id;
}

static bool is_mount_point(const struct caller_path *at) {
  return at->target >= 0 && at->parent >= 0 && mount_id(at->target) != mount_id(at->parent);
}

/* Devices, pipes and sockets can be opened for writing on a read-only mount. */
static bool is_file_or_directory(int fd) {
  struct stat found;
  return fstat(fd, &found) == 0 && (S_ISREG(found.st_mode) || S_ISDIR(found.st_mode));
}

static const char *open_refusal(const struct caller_path *at, int flags) {
  if ((flags & O_PATH) != 0) return NULL;
  if (at->state == PATH_EXISTS) {
    if ((flags & (O_CREAT | O_EXCL)) == (O_CREAT | O_EXCL)) return NULL;
    return flags_write(flags) && is_file_or_directory(at->target) && is_read_only_mount(at->target) ? "read-only" : NULL;
  }
  return (flags & O_CREAT) != 0 && is_read_only_mount(at->parent) ? "read-only" : NULL;
}

static const char *remove_refusal(const struct caller_path *at) {
  if (at->state != PATH_EXISTS) return NULL;
  if (is_read_only_mount(at->parent)) return "read-only";
  return is_mount_point(at) ? "pinned" : NULL;
}

/* A link to what is missing fails by itself. */
static const char *create_refusal(const struct observed_call *observed) {
  const struct caller_path *at = &observed->path;
  const bool lacks_source = observed->call->second_path_argument != NO_ARGUMENT && observed->second.state == PATH_MISSING;
  return !lacks_source && at->state == PATH_MISSING && is_read_only_mount(at->parent) ? "read-only" : NULL;
}

const char *mount_refusal(const struct observed_call *observed) {
  const struct caller_path *at = &observed->path;
  if (is_masked(at)) return "masked";
  switch (observed->call->operation) {
    case OPERATION_OPEN: return open_refusal(at, observed_flags(observed));
    case OPERATION_CREATE: return create_refusal(observed);
    case OPERATION_REMOVE: return remove_refusal(at);
    case OPERATION_RENAME: return remove_refusal(at);
    case OPERATION_CHANGE: return at->state == PATH_EXISTS && is_read_only_mount(at->target) ? "read-only" : NULL;
  }
  return NULL;
}

const char *mount_refusal_of_new_name(const struct caller_path *at) {
  if (is_masked(at)) return "masked";
  if (is_read_only_mount(at->parent)) return "read-only";
  return is_mount_point(at) ? "pinned" : NULL;
}

const char *mount_refusal_of_source(const struct caller_path *at) {
  return is_masked(at) ? "masked" : NULL;
}

static size_t count_strings(struct field joined) {
  size_t count = 0;
  for (uint32_t i = 0; i < joined.size; i++) count += joined.data[i] == 0;
  return count;
}

void mount_refusals_start(struct field joined) {
  size_t count = count_strings(joined);
  const char *path = (const char *)joined.data;
  errno = 0;
  if (count > MAX_MASKED_PATHS) fail("too-many-masks", "the policy denies reading %zu paths, at most %u can be watched", count, MAX_MASKED_PATHS);
  masks.paths = calloc(count + 1, sizeof *masks.paths);
  if (masks.paths == NULL) fail("no-memory", "cannot watch the denied paths");
  for (size_t i = 0; i < count; i++, path += strlen(path) + 1) {
    struct stat found;
    struct masked_path *masked = &masks.paths[masks.count];
    if (lstat(path, &found) != 0) fail("mask-missing", "the denied path %s is not masked", path);
    *masked = (struct masked_path){path, strlen(path), found.st_dev, found.st_ino};
    masks.count++;
  }
}
