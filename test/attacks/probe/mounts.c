/* Mounts, with every right that a program can get for itself: in a user and a mount namespace of its own. */
#include "probe.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { OPEN_TREE = 428, MOVE_MOUNT = 429, MOUNT_SETATTR = 442 };
enum { CLONE_TREE = 1, RECURSIVE = 0x8000, READ_ONLY = 1, FROM_DESCRIPTOR = 4, OWNER_OF_NAMESPACE = 0xb701, PARENT_NAMESPACE = 0xb702 };

static long make_writable(const char *path, unsigned flags) {
  const struct {
    uint64_t set, clear, propagation, user_namespace;
  } attributes = {.clear = READ_ONLY};
  return syscall(MOUNT_SETATTR, AT_FDCWD, path, flags, &attributes, sizeof attributes);
}

static long move_to(const char *from, const char *to) {
  int tree = (int)syscall(OPEN_TREE, AT_FDCWD, from, 0);
  return tree < 0 ? -1 : syscall(MOVE_MOUNT, tree, "", AT_FDCWD, to, FROM_DESCRIPTOR);
}

static long copy_without_covers(const char *directory) {
  return syscall(OPEN_TREE, AT_FDCWD, directory, CLONE_TREE);
}

/* The namespace that owns the mounts, or the one around ours. */
static long reach_owner(const char *name, unsigned long request) {
  int file = open(name, O_RDONLY | O_CLOEXEC);
  int owner = file < 0 ? -1 : ioctl(file, request);
  return owner < 0 ? -1 : setns(owner, CLONE_NEWUSER);
}

static int tell(const char *what, long value) {
  if (value >= 0) printf("BAD %s\n", what);
  return value >= 0;
}

/* undo-mounts DIRECTORY COVERED EMPTY: COVERED, in DIRECTORY, is a mount of the sandbox, EMPTY a directory. "ok": nothing worked. */
int probe_undo_mounts(char **arguments) {
  const char *directory = arguments[0], *covered = arguments[1], *empty = arguments[2];
  int worked = tell("owner of the mounts", reach_owner("/proc/self/ns/mnt", OWNER_OF_NAMESPACE)) | tell("namespace around", reach_owner("/proc/self/ns/user", PARENT_NAMESPACE));
  if (unshare(CLONE_NEWUSER | CLONE_NEWNS) != 0) return probe_result(-1);
  worked |= tell("writable", make_writable(covered, 0)) | tell("all writable", make_writable("/", RECURSIVE)) | tell("move", move_to(covered, empty));
  worked |= tell("copy without covers", copy_without_covers(directory));
  return worked ? 1 : probe_result(0);
}
