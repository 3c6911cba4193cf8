/*
 * Functions that look at a path, enter it or execute it. Of these calls the filter knows nothing, and they cost what they cost
 * without it; where one comes back refused, the supervisor is told (MARK_LOOKED). It is not told of "no such file": programs ask
 * for far too much that is not there.
 *
 * Under names of our own: headers disagree on how the C library's functions are declared.
 */
#include <errno.h>
#include <fcntl.h>
#include <stddef.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "calls.h"
#include "marks.h"
#include "watch.h"

#define IS(name) __asm__(#name)
#define SAME_AS(name) __attribute__((visibility("default"), alias(#name)))
/* Of __xstat, which programs call that were linked to a glibc before 2.33. */
#define MAX_VERSION 1

static long looked(long result, int directory, const char *path, int flags, long purpose) {
  if (result != -EACCES || !is_filtered()) return result;
  const long follow = (flags & AT_SYMLINK_NOFOLLOW) != 0 ? O_PATH | O_NOFOLLOW : O_PATH;
  (void)system_call(SYS_openat, directory, (long)path, follow, purpose, 0, MARK_LOOKED);
  return result;
}

static int status_at(int directory, const char *path, void *out, int flags) {
  return with_errno(looked(system_call(SYS_newfstatat, directory, (long)path, (long)out, flags, 0, 0), directory, path, flags, F_OK));
}

EXPORTED int look_stat(const char *path, void *out) IS(stat);
int look_stat(const char *path, void *out) {
  return status_at(AT_FDCWD, path, out, 0);
}

EXPORTED int look_lstat(const char *path, void *out) IS(lstat);
int look_lstat(const char *path, void *out) {
  return status_at(AT_FDCWD, path, out, AT_SYMLINK_NOFOLLOW);
}

EXPORTED int look_fstatat(int directory, const char *path, void *out, int flags) IS(fstatat);
int look_fstatat(int directory, const char *path, void *out, int flags) {
  return status_at(directory, path, out, flags);
}

EXPORTED int look_xstat(int version, const char *path, void *out) IS(__xstat);
int look_xstat(int version, const char *path, void *out) {
  return version > MAX_VERSION ? with_errno(-EINVAL) : status_at(AT_FDCWD, path, out, 0);
}

EXPORTED int look_lxstat(int version, const char *path, void *out) IS(__lxstat);
int look_lxstat(int version, const char *path, void *out) {
  return version > MAX_VERSION ? with_errno(-EINVAL) : status_at(AT_FDCWD, path, out, AT_SYMLINK_NOFOLLOW);
}

EXPORTED int look_fxstatat(int version, int directory, const char *path, void *out, int flags) IS(__fxstatat);
int look_fxstatat(int version, int directory, const char *path, void *out, int flags) {
  return version > MAX_VERSION ? with_errno(-EINVAL) : status_at(directory, path, out, flags);
}

SAME_AS(stat) extern int look_stat64(const char *path, void *out) IS(stat64);
SAME_AS(lstat) extern int look_lstat64(const char *path, void *out) IS(lstat64);
SAME_AS(fstatat) extern int look_fstatat64(int directory, const char *path, void *out, int flags) IS(fstatat64);
SAME_AS(__xstat) extern int look_xstat64(int version, const char *path, void *out) IS(__xstat64);
SAME_AS(__lxstat) extern int look_lxstat64(int version, const char *path, void *out) IS(__lxstat64);
SAME_AS(__fxstatat) extern int look_fxstatat64(int version, int directory, const char *path, void *out, int flags) IS(__fxstatat64);

EXPORTED int look_statx(int directory, const char *path, int flags, unsigned mask, void *out) IS(statx);
int look_statx(int directory, const char *path, int flags, unsigned mask, void *out) {
  return with_errno(looked(system_call(SYS_statx, directory, (long)path, flags, mask, (long)out, 0), directory, path, flags, F_OK));
}

/* With flags it is another call, which the C library does without where the kernel is too old. */
EXPORTED int look_access(const char *path, int mode) IS(access);
int look_access(const char *path, int mode) {
  return with_errno(looked(system_call(SYS_faccessat, AT_FDCWD, (long)path, mode, 0, 0, 0), AT_FDCWD, path, 0, mode));
}

EXPORTED ssize_t look_readlinkat(int directory, const char *path, char *out, size_t size) IS(readlinkat);
ssize_t look_readlinkat(int directory, const char *path, char *out, size_t size) {
  return with_errno(looked(system_call(SYS_readlinkat, directory, (long)path, (long)out, (long)size, 0, 0), directory, path, AT_SYMLINK_NOFOLLOW, F_OK));
}

EXPORTED ssize_t look_readlink(const char *path, char *out, size_t size) IS(readlink);
ssize_t look_readlink(const char *path, char *out, size_t size) {
  return look_readlinkat(AT_FDCWD, path, out, size);
}

EXPORTED int look_chdir(const char *path) IS(chdir);
int look_chdir(const char *path) {
  return with_errno(looked(system_call(SYS_chdir, (long)path, 0, 0, 0, 0, 0), AT_FDCWD, path, 0, X_OK));
}

/* The filter does know of this one, and lets it pass with a mark. */
EXPORTED int look_execve(const char *path, char *const words[], char *const environment[]) IS(execve);
int look_execve(const char *path, char *const words[], char *const environment[]) {
  return with_errno(looked(system_call(SYS_execve, (long)path, (long)words, (long)environment, 0, 0, MARK_PASS), AT_FDCWD, path, 0, X_OK));
}
