#include "mount_calls.h"

#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/syscall.h>
#include <unistd.h>

/* The numbers are the same on every architecture; include/uapi/asm-generic/unistd.h. */
enum { CALL_OPEN_TREE = 428, CALL_MOVE_MOUNT = 429, CALL_FSOPEN = 430, CALL_FSCONFIG = 431, CALL_FSMOUNT = 432, CALL_OPENAT2 = 437, CALL_MOUNT_SETATTR = 442 };

/* include/uapi/linux/mount.h */
enum {
  TREE_CLONE = 1, TREE_RECURSIVE = 0x8000, MOVE_FROM_DESCRIPTOR = 4, MOVE_TO_DESCRIPTOR = 0x40,
  FILE_SYSTEM_CLOSE_ON_EXEC = 1, SET_STRING = 1, CREATE = 6,
  ATTRIBUTE_READ_ONLY = 1, ATTRIBUTE_NO_SETUID = 2, ATTRIBUTE_NO_DEVICES = 4, ATTRIBUTE_NO_EXEC = 8,
  UNMOUNT_LAZILY = 2,
};

struct attributes {
  uint64_t set, clear, propagation, user_namespace;
};

/* include/uapi/linux/openat2.h */
struct resolution {
  uint64_t flags, mode, resolve;
};
enum { NO_MAGIC_LINKS = 2, NO_SYMBOLIC_LINKS = 4, BENEATH = 8 };

int mount_open_path(int root, const char *path) {
  /* With O_NOFOLLOW, a link at the end would be opened itself. */
  const struct resolution how = {.flags = O_PATH | O_CLOEXEC, .resolve = NO_MAGIC_LINKS | NO_SYMBOLIC_LINKS | BENEATH};
  return (int)syscall(CALL_OPENAT2, root, path[1] == 0 ? "." : path + 1, &how, sizeof how);
}

int mount_copy(int path) {
  return (int)syscall(CALL_OPEN_TREE, path, "", AT_EMPTY_PATH | TREE_CLONE | TREE_RECURSIVE | O_CLOEXEC);
}

/* Up to two options: a name that is NULL ends them. */
struct option {
  const char *name, *value;
};

static int new_file_system(const char *type, const struct option options[2], int attributes) {
  int context = (int)syscall(CALL_FSOPEN, type, FILE_SYSTEM_CLOSE_ON_EXEC);
  if (context < 0) return -1;
  bool ready = syscall(CALL_FSCONFIG, context, SET_STRING, "source", type, 0) == 0;
  for (int i = 0; ready && i < 2 && options[i].name != NULL; i++) ready = syscall(CALL_FSCONFIG, context, SET_STRING, options[i].name, options[i].value, 0) == 0;
  ready = ready && syscall(CALL_FSCONFIG, context, CREATE, NULL, NULL, 0) == 0;
  int mount = ready ? (int)syscall(CALL_FSMOUNT, context, FILE_SYSTEM_CLOSE_ON_EXEC, attributes) : -1;
  close(context);
  return mount;
}

int mount_new_directory(mode_t mode, bool read_only) {
  char text[16];
  snprintf(text, sizeof text, "%o", (unsigned)mode);
  return new_file_system("tmpfs", (const struct option[2]){{"mode", text}}, ATTRIBUTE_NO_SETUID | ATTRIBUTE_NO_DEVICES | (read_only ? ATTRIBUTE_READ_ONLY : 0));
}

int mount_new_proc(void) {
  return new_file_system("proc", (const struct option[2]){{0}}, ATTRIBUTE_NO_SETUID | ATTRIBUTE_NO_DEVICES | ATTRIBUTE_NO_EXEC);
}

int mount_new_terminals(void) {
  return new_file_system("devpts", (const struct option[2]){{"ptmxmode", "0666"}, {"mode", "620"}}, ATTRIBUTE_NO_SETUID | ATTRIBUTE_NO_EXEC);
}

int mount_allow_devices(int mount) {
  const struct attributes attributes = {.set = ATTRIBUTE_NO_SETUID, .clear = ATTRIBUTE_NO_DEVICES};
  return (int)syscall(CALL_MOUNT_SETATTR, mount, "", AT_EMPTY_PATH, &attributes, sizeof attributes);
}

int mount_make_read_only(int mount, bool below) {
  const struct attributes attributes = {.set = ATTRIBUTE_READ_ONLY};
  return (int)syscall(CALL_MOUNT_SETATTR, mount, "", AT_EMPTY_PATH | (below ? TREE_RECURSIVE : 0), &attributes, sizeof attributes);
}

int mount_attach(int mount, int path) {
  return (int)syscall(CALL_MOVE_MOUNT, mount, "", path, "", MOVE_FROM_DESCRIPTOR | MOVE_TO_DESCRIPTOR);
}

int mount_become_root(int directory) {
  int old = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);
  if (old < 0) return -1;
  /* Both directories the same: the old root is put on top of the new one, and taken off again. */
  bool done = fchdir(directory) == 0 && syscall(SYS_pivot_root, ".", ".") == 0 && fchdir(old) == 0 && syscall(SYS_umount2, ".", UNMOUNT_LAZILY) == 0 && chdir("/") == 0;
  close(old);
  return done ? 0 : -1;
}
