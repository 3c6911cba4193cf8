#include "supervised_calls.h"

#include <sys/syscall.h>

#ifndef SYS_fchmodat2
#define SYS_fchmodat2 452
#endif

#define CALL(name, operation, directory, path, flags, follows) \
  {SYS_##name, #name, operation, directory, path, flags, NO_ARGUMENT, NO_ARGUMENT, follows}
#define CALL2(name, operation, directory, path, second_directory, second_path) \
  {SYS_##name, #name, operation, directory, path, NO_ARGUMENT, second_directory, second_path, false}

#define NONE NO_ARGUMENT

static const struct supervised_call calls[] = {
    CALL(openat, OPERATION_OPEN, 0, 1, 2, true),
    CALL(openat2, OPERATION_OPEN, 0, 1, IS_OPEN_HOW, true),
    CALL(mkdirat, OPERATION_CREATE, 0, 1, NONE, false),
    CALL(mknodat, OPERATION_CREATE, 0, 1, NONE, false),
    CALL(symlinkat, OPERATION_CREATE, 1, 2, NONE, false),
    CALL(linkat, OPERATION_CREATE, 2, 3, NONE, false),
    CALL(unlinkat, OPERATION_REMOVE, 0, 1, NONE, false),
    CALL2(renameat2, OPERATION_RENAME, 0, 1, 2, 3),
    CALL(truncate, OPERATION_CHANGE, NONE, 0, NONE, true),
    CALL(fchmodat, OPERATION_CHANGE, 0, 1, NONE, true),
    CALL(fchmodat2, OPERATION_CHANGE, 0, 1, NONE, true),
    CALL(fchownat, OPERATION_CHANGE, 0, 1, NONE, false),
    CALL(utimensat, OPERATION_CHANGE, 0, 1, NONE, true),
    CALL(setxattr, OPERATION_CHANGE, NONE, 0, NONE, true),
    CALL(lsetxattr, OPERATION_CHANGE, NONE, 0, NONE, false),
    CALL(removexattr, OPERATION_CHANGE, NONE, 0, NONE, true),
    CALL(lremovexattr, OPERATION_CHANGE, NONE, 0, NONE, false),
#ifdef SYS_renameat
    CALL2(renameat, OPERATION_RENAME, 0, 1, 2, 3),
#endif
#ifdef SYS_open /* x86-64 keeps the calls without a directory descriptor; arm64 never had them */
    CALL(open, OPERATION_OPEN, NONE, 0, 1, true),
    CALL(creat, OPERATION_OPEN, NONE, 0, IS_CREAT, true),
    CALL(mkdir, OPERATION_CREATE, NONE, 0, NONE, false),
    CALL(mknod, OPERATION_CREATE, NONE, 0, NONE, false),
    CALL(symlink, OPERATION_CREATE, NONE, 1, NONE, false),
    CALL(link, OPERATION_CREATE, NONE, 1, NONE, false),
    CALL(unlink, OPERATION_REMOVE, NONE, 0, NONE, false),
    CALL(rmdir, OPERATION_REMOVE, NONE, 0, NONE, false),
    CALL2(rename, OPERATION_RENAME, NONE, 0, NONE, 1),
    CALL(chmod, OPERATION_CHANGE, NONE, 0, NONE, true),
    CALL(chown, OPERATION_CHANGE, NONE, 0, NONE, true),
    CALL(lchown, OPERATION_CHANGE, NONE, 0, NONE, false),
    CALL(utime, OPERATION_CHANGE, NONE, 0, NONE, true),
    CALL(utimes, OPERATION_CHANGE, NONE, 0, NONE, true),
    CALL(futimesat, OPERATION_CHANGE, 0, 1, NONE, true),
#endif
};

const struct supervised_call *supervised_call_find(int number) {
  for (size_t i = 0; i < sizeof calls / sizeof *calls; i++)
    if (calls[i].number == number) return &calls[i];
  return NULL;
}

const struct supervised_call *supervised_calls_all(size_t *count) {
  *count = sizeof calls / sizeof *calls;
  return calls;
}
