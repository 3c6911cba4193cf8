/*
 * Loaded into the programs of a sandbox (LD_PRELOAD), so that watching for violations costs only what is refused.
 *
 * A path call is made with a mark that lets it pass the filter without a question to the supervisor. If the kernel refuses
 * it, it is made once more with a mark that has it judged, and reported. What does not come through here (static programs,
 * Go, calls within the C library) bears no mark and is asked about each time.
 *
 * One file for glibc and musl: it needs no library, and of the process's own only what both have. It has no constructor,
 * takes no lock and allocates nothing, so it may be called after fork and vfork and in signal handlers.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#include "calls.h"
#include "delivery.h"
#include "marks.h"
#include "watch.h"

#define ALIAS_OF(name) __attribute__((visibility("default"), alias(#name), copy(name)))
#define WRITE_INTENT (O_ACCMODE | O_CREAT | O_TRUNC)

/* Of the process's own C library; its headers would name glibc's versions of them. */
typedef struct stream FILE;
typedef struct directory DIR;
extern int *__errno_location(void);
extern FILE *fdopen(int fd, const char *mode);
extern DIR *fdopendir(int fd);
extern void *dlsym(void *handle, const char *name) __attribute__((weak));
#define RTLD_NEXT ((void *)-1L)

/* UNFILTERED: nobody would heed a mark. */
enum allowed { UNKNOWN, UNFILTERED, NOTHING, READS, ALL };

static enum allowed allowed_marks(void) {
  static enum allowed known; /* the filter of a process never changes; threads find out the same */
  enum allowed allowed = __atomic_load_n(&known, __ATOMIC_RELAXED);
  if (allowed != UNKNOWN) return allowed;
  long answer = system_call(SYS_openat, -1, 0, 0, 0, 0, MARK_QUERY);
  allowed = answer == -QUERY_ALL ? ALL : answer == -QUERY_READS ? READS : answer == -QUERY_NONE ? NOTHING : UNFILTERED;
  __atomic_store_n(&known, allowed, __ATOMIC_RELAXED);
  return allowed;
}

bool is_filtered(void) {
  return allowed_marks() != UNFILTERED;
}

static long mark_after(long error) {
  switch (error) {
    case ENOENT: return MARK_MISSING;
    case EROFS: case EACCES: case EPERM: case EBUSY: case EXDEV: case EMFILE: return MARK_REFUSED;
    default: return 0;
  }
}

static long marked_call(long number, long a, long b, long c, long d, long e) {
  long result = system_call(number, a, b, c, d, e, MARK_PASS);
  long mark = result < 0 ? mark_after(-result) : 0;
  return mark == 0 ? result : system_call(number, a, b, c, d, e, mark);
}

int with_errno(long result) {
  if (result >= 0) return (int)result;
  *__errno_location() = (int)-result;
  return -1;
}

/* Keep in step with MARKED_CHANGES in src/plan/seccomp.ts: a mark on another call would have it judged twice. */
static int change(long number, long a, long b, long c, long d, long e) {
  return with_errno(allowed_marks() == ALL ? marked_call(number, a, b, c, d, e) : system_call(number, a, b, c, d, e, 0));
}

static bool takes_mode(int flags) {
  return (flags & O_CREAT) != 0 || (flags & O_TMPFILE) == O_TMPFILE;
}

/* Looked at and refused whatever its mark: made a second time, it would be reported twice. */
static bool sets_id(unsigned mode) {
  return (mode & (S_ISUID | S_ISGID)) != 0;
}

static int open_at(int directory, const char *path, int flags, unsigned mode) {
  const enum allowed allowed = allowed_marks();
  const bool reads = (flags & WRITE_INTENT) == 0;
  if ((allowed == ALL || allowed == READS) && reads) return with_errno(marked_call(SYS_openat, directory, (long)path, flags, mode, 0));
  const bool is_held = allowed != UNFILTERED && (flags & O_PATH) == 0;
  return with_errno(is_held ? open_held(directory, path, flags, mode) : system_call(SYS_openat, directory, (long)path, flags, mode, 0, 0));
}

/* No name is held by it, so its marks are always heeded: what is of an open file, owners, and times. */
static int change_unheld(long number, long a, long b, long c, long d, long e) {
  return with_errno(marked_call(number, a, b, c, d, e));
}

EXPORTED int open(const char *path, int flags, ...) {
  va_list rest;
  va_start(rest, flags);
  unsigned mode = takes_mode(flags) ? va_arg(rest, unsigned) : 0;
  va_end(rest);
  return open_at(AT_FDCWD, path, flags, mode);
}

EXPORTED int openat(int directory, const char *path, int flags, ...) {
  va_list rest;
  va_start(rest, flags);
  unsigned mode = takes_mode(flags) ? va_arg(rest, unsigned) : 0;
  va_end(rest);
  return open_at(directory, path, flags, mode);
}

EXPORTED int creat(const char *path, mode_t mode) {
  return open_at(AT_FDCWD, path, O_CREAT | O_WRONLY | O_TRUNC, mode);
}

/* The names that glibc has for the same, for files of more than 2 GiB and for checked calls; musl's headers may rename them. */
#undef open64
#undef openat64
#undef creat64
#undef fopen64
#undef truncate64
ALIAS_OF(open) extern int open64(const char *path, int flags, ...);
ALIAS_OF(open) extern int __open(const char *path, int flags, ...);
ALIAS_OF(open) extern int __open64(const char *path, int flags, ...);
ALIAS_OF(openat) extern int openat64(int directory, const char *path, int flags, ...);
ALIAS_OF(creat) extern int creat64(const char *path, mode_t mode);

EXPORTED int __open_2(const char *path, int flags) {
  return open_at(AT_FDCWD, path, flags, 0);
}

EXPORTED int __openat_2(int directory, const char *path, int flags) {
  return open_at(directory, path, flags, 0);
}

ALIAS_OF(__open_2) extern int __open64_2(const char *path, int flags);
ALIAS_OF(__openat_2) extern int __openat64_2(int directory, const char *path, int flags);

/* The C library's own opendir and fopen open without asking anybody else's open. */
EXPORTED DIR *opendir(const char *path) {
  int fd = open_at(AT_FDCWD, path, O_RDONLY | O_NONBLOCK | O_DIRECTORY | O_CLOEXEC, 0);
  DIR *directory = fd < 0 ? NULL : fdopendir(fd);
  if (fd >= 0 && directory == NULL) (void)system_call(SYS_close, fd, 0, 0, 0, 0, 0);
  return directory;
}

static bool has(const char *mode, char wanted) {
  for (; *mode != 0; mode++)
    if (*mode == wanted) return true;
  return false;
}

static int flags_of(const char *mode) {
  int flags = has(mode, '+') ? O_RDWR : mode[0] == 'r' ? O_RDONLY : O_WRONLY;
  if (mode[0] == 'w') flags |= O_CREAT | O_TRUNC;
  if (mode[0] == 'a') flags |= O_CREAT | O_APPEND;
  if (has(mode, 'x')) flags |= O_EXCL;
  if (has(mode, 'e')) flags |= O_CLOEXEC;
  return flags;
}

static FILE *open_stream(const char *path, const char *mode, const char *name) {
  /* An encoding (",ccs="), or a mistake in the mode, is the C library's business. */
  bool is_plain = (mode[0] == 'r' || mode[0] == 'w' || mode[0] == 'a') && !has(mode, ',');
  if (!is_plain && dlsym != NULL) {
    FILE *(*next)(const char *, const char *) = (FILE * (*)(const char *, const char *)) dlsym(RTLD_NEXT, name);
    if (next != NULL) return next(path, mode);
  }
  int fd = open_at(AT_FDCWD, path, flags_of(mode), 0666);
  FILE *stream = fd < 0 ? NULL : fdopen(fd, mode);
  if (fd >= 0 && stream == NULL) (void)system_call(SYS_close, fd, 0, 0, 0, 0, 0);
  return stream;
}

EXPORTED FILE *fopen(const char *path, const char *mode) {
  return open_stream(path, mode, "fopen");
}

EXPORTED FILE *fopen64(const char *path, const char *mode) {
  return open_stream(path, mode, "fopen64");
}

EXPORTED int mkdir(const char *path, mode_t mode) {
  return change(SYS_mkdirat, AT_FDCWD, (long)path, mode, 0, 0);
}

EXPORTED int mkdirat(int directory, const char *path, mode_t mode) {
  return change(SYS_mkdirat, directory, (long)path, mode, 0, 0);
}

EXPORTED int unlink(const char *path) {
  return change(SYS_unlinkat, AT_FDCWD, (long)path, 0, 0, 0);
}

EXPORTED int unlinkat(int directory, const char *path, int flags) {
  return change(SYS_unlinkat, directory, (long)path, flags, 0, 0);
}

EXPORTED int rmdir(const char *path) {
  return change(SYS_unlinkat, AT_FDCWD, (long)path, AT_REMOVEDIR, 0, 0);
}

EXPORTED int rename(const char *from, const char *to) {
  return change(SYS_renameat2, AT_FDCWD, (long)from, AT_FDCWD, (long)to, 0);
}

EXPORTED int renameat(int from_directory, const char *from, int to_directory, const char *to) {
  return change(SYS_renameat2, from_directory, (long)from, to_directory, (long)to, 0);
}

EXPORTED int renameat2(int from_directory, const char *from, int to_directory, const char *to, unsigned flags) {
  return change(SYS_renameat2, from_directory, (long)from, to_directory, (long)to, flags);
}

EXPORTED int link(const char *from, const char *to) {
  return change(SYS_linkat, AT_FDCWD, (long)from, AT_FDCWD, (long)to, 0);
}

EXPORTED int linkat(int from_directory, const char *from, int to_directory, const char *to, int flags) {
  return change(SYS_linkat, from_directory, (long)from, to_directory, (long)to, flags);
}

EXPORTED int symlink(const char *target, const char *path) {
  return change(SYS_symlinkat, (long)target, AT_FDCWD, (long)path, 0, 0);
}

EXPORTED int symlinkat(const char *target, int directory, const char *path) {
  return change(SYS_symlinkat, (long)target, directory, (long)path, 0, 0);
}

EXPORTED int truncate(const char *path, off_t length) {
  return change(SYS_truncate, (long)path, length, 0, 0, 0);
}

ALIAS_OF(truncate) extern int truncate64(const char *path, off_t length);

EXPORTED int fchmod(int fd, mode_t mode) {
  if (sets_id(mode)) return with_errno(system_call(SYS_fchmod, fd, mode, 0, 0, 0, 0));
  return change_unheld(SYS_fchmod, fd, mode, 0, 0, 0);
}

EXPORTED int fchmodat(int directory, const char *path, mode_t mode, int flags) {
  int (*next)(int, const char *, mode_t, int) = flags == 0 || dlsym == NULL ? NULL : (int (*)(int, const char *, mode_t, int))dlsym(RTLD_NEXT, "fchmodat");
  if (next != NULL) return next(directory, path, mode, flags);
  if (flags != 0) return with_errno(-EOPNOTSUPP); /* a C library that emulates them is not to be found */
  if (sets_id(mode)) return with_errno(system_call(SYS_fchmodat, directory, (long)path, mode, 0, 0, 0));
  return change(SYS_fchmodat, directory, (long)path, mode, 0, 0);
}

EXPORTED int chmod(const char *path, mode_t mode) {
  return fchmodat(AT_FDCWD, path, mode, 0);
}

EXPORTED int fchownat(int directory, const char *path, uid_t owner, gid_t group, int flags) {
  return change_unheld(SYS_fchownat, directory, (long)path, owner, group, flags);
}

EXPORTED int chown(const char *path, uid_t owner, gid_t group) {
  return fchownat(AT_FDCWD, path, owner, group, 0);
}

EXPORTED int lchown(const char *path, uid_t owner, gid_t group) {
  return fchownat(AT_FDCWD, path, owner, group, AT_SYMLINK_NOFOLLOW);
}

EXPORTED int utimensat(int directory, const char *path, const struct timespec times[2], int flags) {
  return change_unheld(SYS_utimensat, directory, (long)path, (long)times, flags, 0);
}

EXPORTED int fchown(int fd, uid_t owner, gid_t group) {
  return change_unheld(SYS_fchown, fd, owner, group, 0, 0);
}

EXPORTED int futimens(int fd, const struct timespec times[2]) {
  if (fd < 0) return with_errno(-EBADF); /* the call takes AT_FDCWD */
  return change_unheld(SYS_utimensat, fd, 0, (long)times, 0, 0);
}

EXPORTED int fsetxattr(int fd, const char *name, const void *value, size_t size, int flags) {
  return change_unheld(SYS_fsetxattr, fd, (long)name, (long)value, (long)size, flags);
}

EXPORTED int fremovexattr(int fd, const char *name) {
  return change_unheld(SYS_fremovexattr, fd, (long)name, 0, 0, 0);
}
