#include "caller_rights.h"

#include <errno.h>
#include <stdio.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

bool caller_may(int file, int mode) {
  char link[64];
  snprintf(link, sizeof link, "/proc/self/fd/%d", file);
  return access(link, mode) == 0 || (errno != EACCES && errno != EPERM);
}

bool caller_may_change_entries(int directory) {
  return caller_may(directory, W_OK | X_OK);
}

static bool is_owner(int file) {
  struct stat found;
  return fstat(file, &found) != 0 || found.st_uid == geteuid();
}

bool caller_may_remove(const struct caller_path *at) {
  struct stat directory;
  if (!caller_may_change_entries(at->parent)) return false;
  const bool is_sticky = fstat(at->parent, &directory) == 0 && (directory.st_mode & S_ISVTX) != 0;
  return !is_sticky || is_owner(at->parent) || is_owner(at->target);
}

/* Modes, owners and inode flags are their owner's alone; times and attributes are too of whoever may write, as far as it matters here. */
static bool is_for_owner(const struct observed_call *observed) {
  switch (observed->call->number) {
    case SYS_fchown:
    case SYS_fchownat:
#ifdef SYS_chown
    case SYS_chown:
    case SYS_lchown:
#endif
    case SYS_ioctl: return true;
    default: return observed->call->performance == PERFORM_CHMOD;
  }
}

bool caller_may_change(const struct observed_call *observed) {
  const int file = observed->path.target;
  struct stat found;
  /* A link has no mode. */
  if (observed->call->performance == PERFORM_CHMOD && fstat(file, &found) == 0 && S_ISLNK(found.st_mode)) return false;
  if (observed->call->performance == PERFORM_TRUNCATE) return fstat(file, &found) == 0 && S_ISREG(found.st_mode) && caller_may(file, W_OK);
  return is_owner(file) || (!is_for_owner(observed) && caller_may(file, W_OK));
}
