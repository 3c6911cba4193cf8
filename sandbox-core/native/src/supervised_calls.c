#include "supervised_calls.h"

#include <linux/fs.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/syscall.h>

#ifndef SYS_fchmodat2
#define SYS_fchmodat2 452
#endif

#define CALL(name, operation, performance, directory, path, flags, follows) \
  {SYS_##name, #name, operation, performance, directory, path, flags, NO_ARGUMENT, NO_ARGUMENT, follows}
#define CALL2(name, operation, performance, directory, path, second_directory, second_path, flags) \
  {SYS_##name, #name, operation, performance, directory, path, flags, second_directory, second_path, false}

#define NONE NO_ARGUMENT

static const struct supervised_call calls[] = {
    CALL(openat, OPERATION_OPEN, PERFORM_OPEN, 0, 1, 2, true),
    CALL(mkdirat, OPERATION_CREATE, PERFORM_MKDIR, 0, 1, NONE, false),
    CALL(mknodat, OPERATION_CREATE, PERFORM_MKNOD, 0, 1, NONE, false),
    CALL(symlinkat, OPERATION_CREATE, PERFORM_SYMLINK, 1, 2, NONE, false),
    CALL2(linkat, OPERATION_CREATE, PERFORM_LINK, 2, 3, 0, 1, 4),
    CALL(unlinkat, OPERATION_REMOVE, PERFORM_UNLINK, 0, 1, 2, false),
    CALL2(renameat2, OPERATION_RENAME, PERFORM_RENAME, 0, 1, 2, 3, 4),
    CALL(truncate, OPERATION_CHANGE, PERFORM_TRUNCATE, NONE, 0, NONE, true),
    CALL(fchmod, OPERATION_CHANGE, PERFORM_CHMOD, 0, NONE, NONE, true),
    CALL(fchmodat, OPERATION_CHANGE, PERFORM_CHMOD, 0, 1, NONE, true),
    CALL(fchmodat2, OPERATION_CHANGE, PERFORM_CHMOD, 0, 1, 3, true),
    CALL(fchown, OPERATION_CHANGE, PERFORM_NOT, 0, NONE, NONE, true),
    CALL(fsetxattr, OPERATION_CHANGE, PERFORM_NOT, 0, NONE, NONE, true),
    CALL(fremovexattr, OPERATION_CHANGE, PERFORM_NOT, 0, NONE, NONE, true),
    CALL(ioctl, OPERATION_CHANGE, PERFORM_NOT, 0, NONE, NONE, true), /* of an inode's flags: chattr(1) */
    CALL(bind, OPERATION_CREATE, PERFORM_NOT, NONE, 1, IS_SOCKET_ADDRESS, false),
    CALL(fchownat, OPERATION_CHANGE, PERFORM_NOT, 0, 1, 4, true),
    CALL(utimensat, OPERATION_CHANGE, PERFORM_NOT, 0, 1, 3, true),
    CALL(setxattr, OPERATION_CHANGE, PERFORM_NOT, NONE, 0, NONE, true),
    CALL(lsetxattr, OPERATION_CHANGE, PERFORM_NOT, NONE, 0, NONE, false),
    CALL(removexattr, OPERATION_CHANGE, PERFORM_NOT, NONE, 0, NONE, true),
    CALL(lremovexattr, OPERATION_CHANGE, PERFORM_NOT, NONE, 0, NONE, false),
#ifdef SYS_renameat
    CALL2(renameat, OPERATION_RENAME, PERFORM_RENAME, 0, 1, 2, 3, NONE),
#endif
#ifdef SYS_open /* x86-64 keeps the calls without a directory descriptor; arm64 never had them */
    CALL(open, OPERATION_OPEN, PERFORM_OPEN, NONE, 0, 1, true),
    CALL(creat, OPERATION_OPEN, PERFORM_OPEN, NONE, 0, IS_CREAT, true),
    CALL(mkdir, OPERATION_CREATE, PERFORM_MKDIR, NONE, 0, NONE, false),
    CALL(mknod, OPERATION_CREATE, PERFORM_MKNOD, NONE, 0, NONE, false),
    CALL(symlink, OPERATION_CREATE, PERFORM_SYMLINK, NONE, 1, NONE, false),
    CALL2(link, OPERATION_CREATE, PERFORM_LINK, NONE, 1, NONE, 0, NONE),
    CALL(unlink, OPERATION_REMOVE, PERFORM_UNLINK, NONE, 0, NONE, false),
    CALL(rmdir, OPERATION_REMOVE, PERFORM_RMDIR, NONE, 0, NONE, false),
    CALL2(rename, OPERATION_RENAME, PERFORM_RENAME, NONE, 0, NONE, 1, NONE),
    CALL(chmod, OPERATION_CHANGE, PERFORM_CHMOD, NONE, 0, NONE, true),
    CALL(chown, OPERATION_CHANGE, PERFORM_NOT, NONE, 0, NONE, true),
    CALL(lchown, OPERATION_CHANGE, PERFORM_NOT, NONE, 0, NONE, false),
    CALL(utime, OPERATION_CHANGE, PERFORM_NOT, NONE, 0, NONE, true),
    CALL(utimes, OPERATION_CHANGE, PERFORM_NOT, NONE, 0, NONE, true),
    CALL(futimesat, OPERATION_CHANGE, PERFORM_NOT, 0, 1, NONE, true),
#endif
};

const struct supervised_call *supervised_call_find(int number) {
  for (size_t i = 0; i < sizeof calls / sizeof *calls; i++)
    if (calls[i].number == number) return &calls[i];
  return NULL;
}

const struct supervised_call *supervised_call_of(const struct seccomp_data *data) {
  const uint32_t request = (uint32_t)data->args[1];
  if (data->nr == SYS_ioctl && request != (uint32_t)FS_IOC_SETFLAGS && request != (uint32_t)FS_IOC_FSSETXATTR) return NULL;
  return supervised_call_find(data->nr);
}

int supervised_calls_main(int argc, char **argv) {
  (void)argc, (void)argv;
  for (size_t i = 0; i < sizeof calls / sizeof *calls; i++) printf("%s\n", calls[i].name);
  return 0;
}
