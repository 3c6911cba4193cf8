#include "mount_refusals.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "caller_rights.h"
#include "failure.h"

#define MAX_MASKED_PATHS 16384u

struct masked_path {
  const char *path;
  size_t length;
  dev_t device;
  ino_t inode;
  unsigned long long mount;
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

static unsigned long long mount_id(int fd) {
  struct statx found;
  if (fd < 0 || statx(fd, "", AT_EMPTY_PATH, STATX_MNT_ID, &found) != 0) return 0;
  return found.stx_mnt_id;
}

/* Of the deepest directory on the way to the path that is there. */
static unsigned long long mount_around(const struct caller_path *at) {
  char path[PATH_MAX];
  int directory = -1;
  if (at->parent >= 0) return mount_id(at->parent);
  snprintf(path, sizeof path, "%s", at->path);
  for (char *slash = strrchr(path, '/'); slash != NULL && directory < 0; slash = strrchr(path, '/')) {
    *slash = 0;
    directory = open(slash == path ? "/" : path, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
  }
  const unsigned long long mount = mount_id(directory);
  if (directory >= 0) close(directory);
  return mount;
}

/* What the policy allows below a hidden directory has a mount of its own: there, the kernel refuses nothing for the mask's sake. */
static bool is_below_mask(const struct caller_path *at) {
  bool is_below = false;
  for (size_t i = 0; i < masks.count && !is_below; i++) is_below = is_at_or_below(at->path, masks.paths[i].path, masks.paths[i].length);
  const unsigned long long mount = is_below ? mount_around(at) : 0;
  for (size_t i = 0; i < masks.count && mount != 0; i++)
    if (masks.paths[i].mount == mount) return true;
  return false;
}

static bool is_masked(const struct caller_path *at) {
  struct stat found;
  if (at->state == PATH_EXISTS) return fstat(at->target, &found) == 0 && is_masked_inode(&found);
  return at->state != PATH_ELSEWHERE && is_below_mask(at);
}

static bool is_read_only_mount(int fd) {
  struct statvfs mount;
  return fd >= 0 && fstatvfs(fd, &mount) == 0 && (mount.f_flag & ST_RDONLY) != 0;
}

static bool is_mount_point(const struct caller_path *at) {
  return at->target >= 0 && at->parent >= 0 && mount_id(at->target) != mount_id(at->parent);
}

static struct refusal refused_if(bool is_refused, const char *reason) {
  return (struct refusal){is_refused ? reason : NULL, 0};
}

static struct refusal masked_if(const struct caller_path *at, unsigned needs) {
  return (struct refusal){is_masked(at) ? "masked" : NULL, needs};
}

static bool opens_exclusively(int flags) {
  return (flags & (O_CREAT | O_EXCL)) == (O_CREAT | O_EXCL);
}

static int access_mode(int flags) {
  const bool reads = (flags & O_ACCMODE) != O_WRONLY;
  return (reads ? R_OK : 0) | (flags_write(flags) ? W_OK : 0);
}

/* A mask itself is there: that a name is taken, it says as what it hides would. */
static struct refusal mask_refusal(const struct observed_call *observed) {
  const struct caller_path *at = &observed->path;
  const int flags = observed_flags(observed);
  switch (observed->call->operation) {
    case OPERATION_CREATE: return at->state == PATH_EXISTS ? refused_if(false, NULL) : masked_if(at, NEEDS_PLACE);
    case OPERATION_OPEN:
      if (at->state == PATH_EXISTS && (opens_exclusively(flags) || (flags & O_PATH) != 0)) return refused_if(false, NULL);
      if ((flags & O_PATH) != 0) return masked_if(at, NEEDS_TO_BE_THERE);
      return masked_if(at, (unsigned)access_mode(flags) | ((flags & O_CREAT) != 0 ? NEEDS_PLACE : 0));
    default: return masked_if(at, NEEDS_TO_BE_THERE);
  }
}

/* Devices can be opened for writing on a read-only mount, sockets and directories nowhere; but files can be made in a directory. */
static bool may_be_written(int file, int flags) {
  struct stat found;
  if (fstat(file, &found) != 0) return true;
  if (S_ISDIR(found.st_mode)) return (flags & O_TMPFILE) == O_TMPFILE && caller_may_change_entries(file);
  return (S_ISREG(found.st_mode) || S_ISFIFO(found.st_mode)) && caller_may(file, access_mode(flags));
}

bool writes_read_only_pipe(const struct observed_call *observed) {
  const int flags = observed_flags(observed);
  struct stat found;
  if (observed->call->operation != OPERATION_OPEN || observed->path.state != PATH_EXISTS || !flags_write(flags) || opens_exclusively(flags) || (flags & O_PATH) != 0) return false;
  return fstat(observed->path.target, &found) == 0 && S_ISFIFO(found.st_mode) && is_read_only_mount(observed->path.target);
}

static bool can_make_in(const struct caller_path *at) {
  return is_read_only_mount(at->parent) && caller_may_change_entries(at->parent);
}

static struct refusal open_refusal(const struct caller_path *at, int flags) {
  if ((flags & O_PATH) != 0) return refused_if(false, NULL);
  if (at->state != PATH_EXISTS) return refused_if((flags & O_CREAT) != 0 && can_make_in(at), "read-only");
  return refused_if(!opens_exclusively(flags) && flags_write(flags) && is_read_only_mount(at->target) && may_be_written(at->target, flags), "read-only");
}

static struct refusal remove_refusal(const struct caller_path *at) {
  const bool is_read_only = is_read_only_mount(at->parent);
  if (at->state != PATH_EXISTS || (!is_read_only && !is_mount_point(at))) return refused_if(false, NULL);
  return refused_if(caller_may_remove(at), is_read_only ? "read-only" : "pinned");
}

/* A link to what is missing fails by itself. */
static struct refusal create_refusal(const struct observed_call *observed) {
  const bool lacks_source = observed->call->second_path_argument != NO_ARGUMENT && observed->second.state == PATH_MISSING;
  return refused_if(!lacks_source && observed->path.state == PATH_MISSING && can_make_in(&observed->path), "read-only");
}

static bool removes_directory(const struct observed_call *observed) {
  return observed->call->performance == PERFORM_RMDIR || (observed->call->performance == PERFORM_UNLINK && (observed_flags(observed) & AT_REMOVEDIR) != 0);
}

static bool is_empty_directory(int fd) {
  int readable = openat(fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  DIR *entries = readable < 0 ? NULL : fdopendir(readable);
  if (entries == NULL) return readable >= 0 ? (close(readable), true) : errno != ENOTDIR;
  size_t count = 0;
  while (count <= 2 && readdir(entries) != NULL) count++;
  closedir(entries);
  return count <= 2;
}

struct refusal mount_refusal(const struct observed_call *observed) {
  const struct caller_path *at = &observed->path;
  const struct refusal masked = mask_refusal(observed);
  if (masked.reason != NULL) return masked;
  switch (observed->call->operation) {
    case OPERATION_OPEN: return open_refusal(at, observed_flags(observed));
    case OPERATION_CREATE: return create_refusal(observed);
    case OPERATION_REMOVE: return removes_directory(observed) && at->state == PATH_EXISTS && !is_empty_directory(at->target) ? refused_if(false, NULL) : remove_refusal(at);
    case OPERATION_RENAME: return remove_refusal(at);
    case OPERATION_CHANGE: return refused_if(at->state == PATH_EXISTS && is_read_only_mount(at->target) && caller_may_change(observed), "read-only");
  }
  return refused_if(false, NULL);
}

struct refusal mount_refusal_of_new_name(const struct observed_call *observed) {
  const struct caller_path *at = &observed->second;
  if (is_masked(at)) return masked_if(at, NEEDS_PLACE);
  if (!caller_may_remove(&observed->path)) return refused_if(false, NULL);
  return at->state == PATH_EXISTS ? remove_refusal(at) : refused_if(can_make_in(at), "read-only");
}

struct refusal mount_refusal_of_look(const struct caller_path *at, unsigned needs) {
  return masked_if(at, needs);
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
    int mask = open(path, O_PATH | O_NOFOLLOW | O_CLOEXEC);
    if (mask < 0 || fstat(mask, &found) != 0) fail("mask-missing", "the denied path %s is not masked", path);
    *masked = (struct masked_path){path, strlen(path), found.st_dev, found.st_ino, mount_id(mask)};
    close(mask);
    masks.count++;
  }
}
