#include "supervisor.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <linux/seccomp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "caller_path.h"
#include "connections.h"
#include "failure.h"
#include "guards.h"
#include "judgements.h"
#include "notifications.h"
#include "supervised_calls.h"

/* Newer than Debian 12's headers; include/uapi/linux/seccomp.h, since 6.6. The ioctl takes the flag by value. */
#ifndef SECCOMP_IOCTL_NOTIF_SET_FLAGS
#define SECCOMP_IOCTL_NOTIF_SET_FLAGS SECCOMP_IOW(4, __u64)
#define SECCOMP_USER_NOTIF_FD_SYNC_WAKE_UP (1UL << 0)
#endif

#define MAX_MASKED_PATHS 16384u

struct masked_path {
  const char *path;
  size_t length;
  dev_t device;
  ino_t inode;
};

/* One sandbox per process: pid 1 is this program and nothing else. */
static struct {
  int listener;
  int channel;
  struct masked_path *masked;
  size_t masked_count;
} supervisor;

static const struct seccomp_notif *current;

static void answer(__u64 id, int error, __u32 flags) {
  notification_answer(supervisor.listener, id, error, flags);
}

static void let_kernel_decide(__u64 id) {
  answer(id, 0, SECCOMP_USER_NOTIF_FLAG_CONTINUE);
}

static bool is_still_waiting(__u64 id) {
  return notification_is_waiting(supervisor.listener, id);
}

static const char *operation_name(enum operation operation) {
  static const char *const names[] = {"open", "create", "remove", "rename", "change"};
  return names[operation];
}

static void report(const struct supervised_call *call, const char *reason, const char *path) {
  char program[PATH_MAX];
  unsigned char pid[8];
  const char *operation = operation_name(call->operation);
  if (call->operation == OPERATION_OPEN && strcmp(reason, "masked") == 0) operation = "read";
  struct field fields[] = {field_string("path"), field_string(operation), field_string(reason),
                           field_u64(current->pid, pid), caller_program((pid_t)current->pid, program), field_string(path)};
  (void)frame_write(supervisor.channel, fields, 6);
}

static bool is_masked_inode(const struct stat *found) {
  for (size_t i = 0; i < supervisor.masked_count; i++)
    if (supervisor.masked[i].inode == found->st_ino && supervisor.masked[i].device == found->st_dev) return true;
  return false;
}

static bool is_at_or_below(const char *path, const char *ancestor, size_t length) {
  if (length == 1) return true; /* the root */
  return strncmp(path, ancestor, length) == 0 && (path[length] == '/' || path[length] == 0);
}

static bool is_below_mask(const char *path) {
  for (size_t i = 0; i < supervisor.masked_count; i++)
    if (is_at_or_below(path, supervisor.masked[i].path, supervisor.masked[i].length)) return true;
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

/* open_flags of the call; false if they cannot be read. */
static bool read_open_flags(const struct supervised_call *call, unsigned long long *flags) {
  struct open_how how;
  if (call->flags_argument == IS_CREAT) return *flags = O_CREAT | O_WRONLY | O_TRUNC, true;
  if (call->flags_argument != IS_OPEN_HOW) return *flags = current->data.args[call->flags_argument], true;
  if (!caller_read_bytes((pid_t)current->pid, current->data.args[2], &how, sizeof how)) return false;
  return *flags = how.flags, true;
}

static bool writes(unsigned long long flags) {
  return (flags & O_ACCMODE) != O_RDONLY || (flags & O_TRUNC) != 0;
}

/* Devices, pipes and sockets can be opened for writing on a read-only mount. */
static bool is_file_or_directory(int fd) {
  struct stat found;
  return fstat(fd, &found) == 0 && (S_ISREG(found.st_mode) || S_ISDIR(found.st_mode));
}

static const char *open_refusal(const struct caller_path *at, unsigned long long flags) {
  if ((flags & O_PATH) != 0) return NULL;
  if (at->state == PATH_EXISTS) {
    if ((flags & (O_CREAT | O_EXCL)) == (O_CREAT | O_EXCL)) return NULL;
    bool refused = (writes(flags) || (flags & O_TMPFILE) == O_TMPFILE) && is_file_or_directory(at->target) &&
                   is_read_only_mount(at->target);
    return refused ? "read-only" : NULL;
  }
  return (flags & O_CREAT) != 0 && is_read_only_mount(at->parent) ? "read-only" : NULL;
}

static const char *remove_refusal(const struct caller_path *at) {
  if (at->state != PATH_EXISTS) return NULL;
  if (is_read_only_mount(at->parent)) return "read-only";
  return is_mount_point(at) ? "pinned" : NULL;
}

static bool is_read(const struct supervised_call *call) {
  unsigned long long flags;
  return call->operation == OPERATION_OPEN && read_open_flags(call, &flags) && !writes(flags) && (flags & O_CREAT) == 0;
}

static const char *refusal(const struct supervised_call *call, const struct caller_path *at) {
  unsigned long long flags;
  if (is_masked(at)) return "masked";
  switch (call->operation) {
    case OPERATION_OPEN: return read_open_flags(call, &flags) ? open_refusal(at, flags) : NULL;
    case OPERATION_CREATE: return at->state == PATH_MISSING && is_read_only_mount(at->parent) ? "read-only" : NULL;
    case OPERATION_REMOVE: return remove_refusal(at);
    case OPERATION_RENAME: return remove_refusal(at);
    case OPERATION_CHANGE: return at->state == PATH_EXISTS && is_read_only_mount(at->target) ? "read-only" : NULL;
  }
  return NULL;
}

static bool resolve_argument(const struct supervised_call *call, int directory, int path, struct caller_path *out) {
  char text[PATH_MAX];
  if (!caller_read_string((pid_t)current->pid, current->data.args[path], text)) return false;
  struct path_request request = {
      .thread = (pid_t)current->pid,
      .directory = directory == NO_ARGUMENT ? AT_FDCWD : (int)current->data.args[directory],
      .path = text,
      .follow_last = call->follows_last,
  };
  caller_path_resolve(&request, out);
  return true;
}

static const char *rename_target_refusal(const struct caller_path *at) {
  if (is_masked(at)) return "masked";
  if (is_read_only_mount(at->parent)) return "read-only";
  return is_mount_point(at) ? "pinned" : NULL;
}

/* Whether the call would make, change or show something; otherwise it fails by itself and there is nothing to judge. */
static bool has_effect(const struct supervised_call *call, const struct caller_path *at) {
  unsigned long long flags;
  bool exists = at->state == PATH_EXISTS;
  if (at->state == PATH_ELSEWHERE) return false;
  if (call->operation == OPERATION_CREATE) return !exists;
  if (call->operation != OPERATION_OPEN || !read_open_flags(call, &flags)) return exists;
  if (exists) return (flags & O_PATH) == 0 && (flags & (O_CREAT | O_EXCL)) != (O_CREAT | O_EXCL);
  return (flags & O_CREAT) != 0;
}

static bool is_directory(int fd) {
  struct stat found;
  return fd >= 0 && fstat(fd, &found) == 0 && S_ISDIR(found.st_mode);
}

/* A directory takes what is in it along: moved to .claude, its folder "commands" becomes .claude/commands. */
static void list_renamed(const struct caller_path *source, const struct caller_path *target, struct path_list *out) {
  if (guards_hold(source->path)) (void)path_list_add(out, source->path);
  if (guards_hold(target->path)) (void)path_list_add(out, target->path);
  if (is_directory(source->target)) guards_find_below(source->target, target->path, out);
  if (is_directory(target->target)) guards_find_below(target->target, source->path, out); /* an exchange */
}

enum judgement { CONTINUE, REFUSE, WAIT };

/* Asks Node about guarded paths. */
static enum judgement ask(const struct supervised_call *call, const char *operation, const struct path_list *paths) {
  char program[PATH_MAX];
  struct field name = caller_program((pid_t)current->pid, program);
  if (paths->count == 0 && !paths->overflow) return CONTINUE;
  program[name.size] = 0;
  struct judged_call judged = {current->id, operation, current->pid, program};
  if (!paths->overflow) return judgements_ask(supervisor.channel, &judged, paths) ? WAIT : REFUSE;
  report(call, "guarded", paths->count > 0 ? paths->text : "/");
  return REFUSE;
}

static enum judgement judge_guarded(const struct supervised_call *call, const struct caller_path *at) {
  struct path_list paths = {0};
  if (!guards_exist() || !has_effect(call, at) || !guards_hold(at->path)) return CONTINUE;
  (void)path_list_add(&paths, at->path);
  enum judgement judgement = ask(call, is_read(call) ? "read" : operation_name(call->operation), &paths);
  free(paths.text);
  return judgement;
}

/* The second path of a rename matters only if the first exists: otherwise the kernel says ENOENT and nothing was refused. */
static enum judgement judge_rename(const struct supervised_call *call, const struct caller_path *source) {
  struct caller_path at;
  struct path_list paths = {0};
  if (!resolve_argument(call, call->second_directory_argument, call->second_path_argument, &at)) return CONTINUE;
  const char *reason = rename_target_refusal(&at);
  if (reason != NULL) report(call, reason, at.path);
  else if (guards_exist() && at.state != PATH_ELSEWHERE) list_renamed(source, &at, &paths);
  enum judgement judgement = ask(call, operation_name(call->operation), &paths);
  free(paths.text);
  caller_path_release(&at);
  return judgement;
}

static enum judgement judge_path_call(const struct supervised_call *call) {
  struct caller_path at;
  enum judgement judgement = CONTINUE;
  if (!resolve_argument(call, call->directory_argument, call->path_argument, &at)) return CONTINUE;
  if (is_still_waiting(current->id)) {
    const char *reason = refusal(call, &at);
    if (reason != NULL) report(call, reason, at.path);
    else if (call->operation != OPERATION_RENAME) judgement = judge_guarded(call, &at);
    else if (at.state == PATH_EXISTS) judgement = judge_rename(call, &at);
  }
  caller_path_release(&at);
  return judgement;
}

void supervisor_judged(uint64_t request, bool refused) {
  uint64_t notification;
  if (!judgements_answered(request, &notification)) return;
  if (refused) answer(notification, EACCES, 0);
  else let_kernel_decide(notification);
}

bool supervisor_handle(void) {
  static union {
    struct seccomp_notif notification;
    char room[NOTIFICATION_MAX_BYTES];
  } received;
  memset(&received, 0, sizeof received);
  if (ioctl(supervisor.listener, SECCOMP_IOCTL_NOTIF_RECV, &received) != 0) return errno == EINTR || errno == ENOENT;
  current = &received.notification;
  if (current->data.nr == SYS_connect) return connections_handle(current), true;
  const struct supervised_call *call = supervised_call_find(current->data.nr);
  switch (call == NULL ? CONTINUE : judge_path_call(call)) {
    case CONTINUE: let_kernel_decide(current->id); break;
    case REFUSE: answer(current->id, EACCES, 0); break;
    case WAIT: break;
  }
  return true;
}

static size_t count_strings(struct field joined) {
  size_t count = 0;
  for (uint32_t i = 0; i < joined.size; i++) count += joined.data[i] == 0;
  return count;
}

static void remember_masks(struct field joined) {
  size_t count = count_strings(joined);
  const char *path = (const char *)joined.data;
  errno = 0;
  if (count > MAX_MASKED_PATHS) fail("too-many-masks", "the policy denies reading %zu paths, at most %u can be watched", count, MAX_MASKED_PATHS);
  supervisor.masked = calloc(count + 1, sizeof *supervisor.masked);
  if (supervisor.masked == NULL) fail("no-memory", "cannot watch the denied paths");
  for (size_t i = 0; i < count; i++, path += strlen(path) + 1) {
    struct stat found;
    struct masked_path *masked = &supervisor.masked[supervisor.masked_count];
    if (lstat(path, &found) != 0) fail("mask-missing", "the denied path %s is not masked", path);
    *masked = (struct masked_path){path, strlen(path), found.st_dev, found.st_ino};
    supervisor.masked_count++;
  }
}

void supervisor_start(int listener, int channel, const struct supervisor_settings *settings) {
  struct seccomp_notif_sizes sizes;
  errno = 0;
  if (syscall(SYS_seccomp, SECCOMP_GET_NOTIF_SIZES, 0, &sizes) != 0 || sizes.seccomp_notif > NOTIFICATION_MAX_BYTES ||
      sizes.seccomp_notif_resp > NOTIFICATION_MAX_BYTES)
    fail("no-supervision", "this kernel's seccomp notifications cannot be read");
  supervisor.listener = listener;
  supervisor.channel = channel;
  remember_masks(settings->masked_paths);
  guards_start(settings->guarded_names, settings->guarded_patterns);
  connections_start(listener, channel, &settings->connections);
  /* Faster on kernels that have it (both sides share a CPU for the exchange); the rest works without. */
  (void)ioctl(listener, SECCOMP_IOCTL_NOTIF_SET_FLAGS, SECCOMP_USER_NOTIF_FD_SYNC_WAKE_UP);
}

int supervised_calls_main(int argc, char **argv) {
  size_t count;
  (void)argc, (void)argv;
  const struct supervised_call *calls = supervised_calls_all(&count);
  for (size_t i = 0; i < count; i++) printf("%s\n", calls[i].name);
  return 0;
}
