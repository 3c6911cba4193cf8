#include "performed_calls.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "caller.h"
#include "lent_files.h"
#include "notifications.h"
#include "own_process.h"
#include "refused_calls.h"
#include "turns.h"

static struct {
  int listener;
} performed;

/* A name in an open directory, as the kernel's calls take it. A path that ends in a directory itself is "." in that. */
struct place {
  int directory;
  const char *name;
};

static struct place place_of(const struct caller_path *path) {
  if (path->parent >= 0) return (struct place){path->parent, path->name};
  return (struct place){path->target, "."};
}

static const char *link_to(int fd, char out[64]) {
  snprintf(out, 64, "/proc/self/fd/%d", fd);
  return out;
}

static int error_of(int status) {
  return status == 0 ? 0 : errno;
}

static int perform_symlink(const struct observed_call *observed, struct place at) {
  return error_of(symlinkat(observed->target, at.directory, at.name));
}

static int perform_link(const struct observed_call *observed, struct place at) {
  char source[64];
  if (observed->second.state != PATH_EXISTS) return observed->second.error;
  return error_of(linkat(AT_FDCWD, link_to(observed->second.target, source), at.directory, at.name, AT_SYMLINK_FOLLOW));
}

static int perform_rename(const struct observed_call *observed, struct place from) {
  const struct place to = place_of(&observed->second);
  if (to.directory < 0) return observed->second.error;
  return error_of((int)syscall(SYS_renameat2, from.directory, from.name, to.directory, to.name, observed_flags(observed)));
}

/* Set-id bits would outlive the sandbox: on a program of its own making, for whoever runs it later. Directories only pass on a group. */
static int perform_chmod(const struct observed_call *observed) {
  const int mode_argument = observed->call->path_argument == NO_ARGUMENT ? 1 : observed->call->path_argument + 1;
  const mode_t mode = (mode_t)observed_argument(observed, mode_argument) & 07777;
  struct stat found;
  char file[64];
  if (fstat(observed->path.target, &found) != 0) return errno;
  if (S_ISLNK(found.st_mode)) return EOPNOTSUPP;
  if ((mode & S_ISUID) != 0 || ((mode & S_ISGID) != 0 && !S_ISDIR(found.st_mode))) return refused_call_report(observed->notification), EPERM;
  if (own_process_has_thread(proc_path_number(observed->path.path)) || is_lent_file(observed->path.target)) return EPERM;
  return error_of(chmod(link_to(observed->path.target, file), mode));
}

static int perform_truncate(const struct observed_call *observed) {
  char file[64];
  if (own_process_has_thread(proc_path_number(observed->path.path))) return EACCES;
  if (observed->path.of_read_only_descriptor && is_lent_file(observed->path.target)) return EROFS;
  return error_of(truncate(link_to(observed->path.target, file), (off_t)observed_argument(observed, 1)));
}

static int perform_create(const struct observed_call *observed, struct place at) {
  const int mode_argument = observed->call->path_argument + 1;
  const mode_t mode = (mode_t)observed_argument(observed, mode_argument);
  caller_umask_take((pid_t)observed->notification->pid);
  if (observed->call->performance == PERFORM_MKDIR) return error_of(mkdirat(at.directory, at.name, mode));
  return error_of(mknodat(at.directory, at.name, mode & ~(mode_t)(S_ISUID | S_ISGID), (dev_t)observed_argument(observed, mode_argument + 1)));
}

static int perform_at(const struct observed_call *observed) {
  const struct place at = place_of(&observed->path);
  const bool is_change = observed->call->operation == OPERATION_CHANGE;
  if (at.directory < 0 || (is_change && observed->path.state != PATH_EXISTS)) return observed->path.error == 0 ? EACCES : observed->path.error;
  switch (observed->call->performance) {
    case PERFORM_MKDIR:
    case PERFORM_MKNOD: return perform_create(observed, at);
    case PERFORM_SYMLINK: return perform_symlink(observed, at);
    case PERFORM_LINK: return perform_link(observed, at);
    case PERFORM_UNLINK: return error_of(unlinkat(at.directory, at.name, observed_flags(observed)));
    case PERFORM_RMDIR: return error_of(unlinkat(at.directory, at.name, AT_REMOVEDIR));
    case PERFORM_RENAME: return perform_rename(observed, at);
    case PERFORM_TRUNCATE: return perform_truncate(observed);
    case PERFORM_CHMOD: return perform_chmod(observed);
    case PERFORM_OPEN:
    case PERFORM_NOT: break;
  }
  return ENOSYS;
}

void perform_call(const struct observed_call *observed) {
  if (observed->call->performance == PERFORM_OPEN) return perform_open(observed);
  const int error = perform_at(observed);
  if (observed->call->operation == OPERATION_RENAME || observed->call->operation == OPERATION_REMOVE) turns_directory_moved();
  notification_answer(performed.listener, observed->notification->id, error, 0);
}

void performed_calls_start(int listener) {
  performed.listener = listener;
  performed_open_start(listener);
}
