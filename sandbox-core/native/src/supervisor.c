#include "supervisor.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <stdio.h> /* RENAME_EXCHANGE, RENAME_NOREPLACE */
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "caller.h"
#include "datagrams.h"
#include "deliveries.h"
#include "directory_paths.h"
#include "exec_calls.h"
#include "failure.h"
#include "guards.h"
#include "judgements.h"
#include "limit_reports.h"
#include "looks.h"
#include "mount_refusals.h"
#include "notifications.h"
#include "observed_call.h"
#include "path_reports.h"
#include "performed_calls.h"
#include "refused_calls.h"
#include "turns.h"

/* Newer than Debian 12's headers; include/uapi/linux/seccomp.h, since 6.6. The ioctl takes the flag by value. */
#ifndef SECCOMP_IOCTL_NOTIF_SET_FLAGS
#define SECCOMP_IOCTL_NOTIF_SET_FLAGS SECCOMP_IOW(4, __u64)
#define SECCOMP_USER_NOTIF_FD_SYNC_WAKE_UP (1UL << 0)
#endif

/* linux/sched.h; as ANY_NAMESPACE in src/plan/refused-calls.ts. */
#define ANY_NAMESPACE (CLONE_NEWNS | CLONE_NEWCGROUP | CLONE_NEWUTS | CLONE_NEWIPC | CLONE_NEWUSER | CLONE_NEWPID | CLONE_NEWNET)

/* A call whose paths lead elsewhere each time they are looked at is refused. */
#define MAX_ROUNDS 8u

/* One sandbox per process: pid 1 is this program and nothing else. */
static struct {
  int listener;
  int channel;
  enum performs performs;
  bool only_watches_programs;
} supervisor;

static void answer(__u64 id, int error, __u32 flags) {
  notification_answer(supervisor.listener, id, error, flags);
}

static void let_kernel_decide(__u64 id) {
  answer(id, 0, SECCOMP_USER_NOTIF_FLAG_CONTINUE);
}

static bool is_read(const struct observed_call *observed) {
  const int flags = observed_flags(observed);
  return observed->call->operation == OPERATION_OPEN && !flags_write(flags) && (flags & O_CREAT) == 0;
}

/* May become a new file that the supervisor makes. */
static bool may_make_file(const struct observed_call *observed) {
  return supervisor.performs >= PERFORMS_CHANGES && observed->call->performance == PERFORM_OPEN && (observed_flags(observed) & (O_CREAT | O_PATH | O_DIRECTORY)) == O_CREAT;
}

static const char *operation_name(const struct observed_call *observed) {
  static const char *const names[] = {"open", "create", "remove", "rename", "change"};
  return is_read(observed) ? "read" : names[observed->call->operation];
}

static void report(const struct observed_call *observed, struct refusal refusal, const char *path) {
  const bool is_open_of_masked = observed->call->operation == OPERATION_OPEN && strcmp(refusal.reason, "masked") == 0;
  path_report(observed->notification, is_open_of_masked ? "read" : operation_name(observed), refusal.reason, path, refusal.needs);
}

static bool is_rename(const struct observed_call *observed) {
  return observed->call->operation == OPERATION_RENAME;
}

static bool is_performed(const struct observed_call *observed) {
  const enum performance performance = observed->call->performance;
  if (performance == PERFORM_NOT || supervisor.performs == PERFORMS_NOTHING) return false;
  if (performance == PERFORM_CHMOD) return true;
  if (performance == PERFORM_OPEN && (observed_flags(observed) & O_PATH) != 0) return false;
  return supervisor.performs == PERFORMS_READS || !is_read(observed);
}

/* What was read must be the caller's, not that of a process which got its pid. */
static bool is_of_caller(const struct observed_call *observed) {
  return notification_is_waiting(supervisor.listener, observed->notification->id);
}

/* Nothing comes of it but a report: only for that does it have to be looked at whose call it was. */
static bool only_watches(const struct observed_call *observed) {
  return !guards_exist() && !is_performed(observed);
}

/* Why the kernel will refuse it, and which of the paths. */
static struct refusal refusal_of(const struct observed_call *observed, const struct caller_path **refused) {
  /* As mv(1) tries first, with the directory that it moves into. */
  if (is_rename(observed) && (observed_flags(observed) & RENAME_NOREPLACE) != 0 && observed->second.state == PATH_EXISTS) return (struct refusal){NULL, 0};
  const struct refusal first = mount_refusal(observed);
  *refused = &observed->path;
  if (first.reason != NULL) return first;
  *refused = &observed->second;
  /* The new name of a rename matters only if the old one exists: otherwise the kernel says ENOENT and nothing was refused. */
  if (is_rename(observed) && observed->path.state == PATH_EXISTS) return mount_refusal_of_new_name(observed);
  return observed->call->performance == PERFORM_LINK ? mount_refusal_of_look(&observed->second, NEEDS_TO_BE_THERE) : first;
}

/* What the kernel will say of it is reported; it stays the kernel that says it. The reason, or NULL: it will not refuse. */
static const char *report_mount_refusal(struct observed_call *observed) {
  const struct caller_path *refused;
  const struct refusal refusal = refusal_of(observed, &refused);
  if (refusal.reason == NULL || (only_watches(observed) && !is_of_caller(observed))) return NULL;
  observed_path_find(&observed->path);
  report(observed, refusal, refused->path);
  return refusal.reason;
}

/* Whether the call would make, change or show something; otherwise it fails by itself and there is nothing to judge. */
static bool has_effect(const struct observed_call *observed) {
  const int flags = observed_flags(observed);
  const bool exists = observed->path.state == PATH_EXISTS;
  if (observed->path.state == PATH_ELSEWHERE) return false;
  /* No link leads to what was not there when it was looked at: perform_link. */
  if (observed->call->performance == PERFORM_LINK && is_performed(observed) && observed->second.state == PATH_MISSING) return false;
  if (observed->call->operation == OPERATION_CREATE) return !exists;
  if (observed->call->operation != OPERATION_OPEN || exists) return exists && (flags & (O_CREAT | O_EXCL)) != (O_CREAT | O_EXCL);
  return (flags & O_CREAT) != 0;
}

static bool is_directory(int fd) {
  struct stat found;
  return fd >= 0 && fstat(fd, &found) == 0 && S_ISDIR(found.st_mode);
}

static void list_if_guarded(const struct caller_path *at, struct path_list *out) {
  if (guards_hold(at->path)) path_list_add(out, at->path);
}

/* A directory takes what is in it along: moved to .claude, its folder "commands" becomes .claude/commands; and what a name denied gets another. */
static void list_move(const struct caller_path *from, const struct caller_path *to, struct path_list *out) {
  path_list_add_move(out, from->path, to->path);
  path_list_add_if_link(out, from->target, to->path);
  if (is_directory(from->target)) guards_find_below(from->target, from->path, to->path, out);
}

static void list_guarded(const struct observed_call *observed, struct path_list *out) {
  const struct caller_path *path = &observed->path, *second = &observed->second;
  if (!guards_exist() || !has_effect(observed)) return;
  list_if_guarded(path, out);
  if (observed->call->performance == PERFORM_SYMLINK) path_list_add_link(out, path->path, observed->target);
  if (observed->call->second_path_argument == NO_ARGUMENT || second->state == PATH_ELSEWHERE) return;
  list_if_guarded(second, out);
  if (is_rename(observed)) list_move(path, second, out);
  else list_move(second, path, out); /* a link: nothing lies below */
  if (is_rename(observed) && (observed_flags(observed) & RENAME_EXCHANGE) != 0) list_move(second, path, out);
}

static bool is_approved(const struct path_list *paths, const struct path_list *approved) {
  return paths->size == approved->size && (paths->size == 0 || memcmp(paths->text, approved->text, paths->size) == 0);
}

/* Asks Node about guarded paths. Without an answer to come, the call is refused. */
static void ask(const struct observed_call *observed, struct path_list *paths, unsigned rounds) {
  char program[PATH_MAX];
  struct field name = caller_program((pid_t)observed->notification->pid, program);
  program[name.size] = 0;
  const struct judged_call judged = {*observed->notification, operation_name(observed), program, rounds};
  if (!paths->overflow && rounds < MAX_ROUNDS && judgements_ask(supervisor.channel, &judged, paths)) return;
  report(observed, (struct refusal){"guarded", 0}, paths->count == 0 ? observed->path.path : paths->text + (paths->text[0] == '<'));
  answer(observed->notification->id, EACCES, 0);
}

static void carry_out(const struct observed_call *observed) {
  if (writes_read_only_pipe(observed)) answer(observed->notification->id, EROFS, 0);
  else if (is_performed(observed)) perform_call(observed);
  else let_kernel_decide(observed->notification->id);
}

static void judge(struct observed_call *observed, const struct path_list *approved, unsigned rounds) {
  struct path_list paths = {0};
  const char *refused = approved == NULL ? report_mount_refusal(observed) : NULL;
  /* That a path lies below a mask may be told by its text alone: no name is let go by that. */
  const bool is_masked = refused != NULL && strcmp(refused, "masked") == 0;
  if (refused == NULL || is_masked) list_guarded(observed, &paths);
  const bool is_open = paths.count == 0 && !paths.overflow;
  if (is_masked && !is_open) answer(observed->notification->id, EACCES, 0);
  else if (is_open || (approved != NULL && !paths.overflow && is_approved(&paths, approved))) carry_out(observed);
  else ask(observed, &paths, rounds);
  path_list_free(&paths);
}

/* By far the most frequent change, in as few steps as can be: a file that was not there, under a name that is of interest to nobody. */
static bool make_new_file(const struct observed_call *observed) {
  const struct caller_path *at = &observed->path;
  return at->is_untried && !guards_hold(at->path) && perform_new_file(observed);
}

/* `approved`: what Node has allowed the call to touch; it is looked at again, as much may have happened meanwhile. */
static void handle_path_call(const struct supervised_call *call, const struct seccomp_notif *notification, const struct path_list *approved, unsigned rounds) {
  struct observed_call observed;
  observed.call = call;
  observed.notification = notification;
  turn_take();
  int error = observed_call_resolve(&observed, approved == NULL && may_make_file(&observed));
  if (!only_watches(&observed) && !is_of_caller(&observed)) {
    error = -1;
  } else if (error != 0) {
    if (is_performed(&observed)) answer(notification->id, error, 0);
    else let_kernel_decide(notification->id);
  } else if (!make_new_file(&observed)) {
    observed_call_try(&observed);
    judge(&observed, approved, rounds);
  }
  caller_path_release(&observed.path);
  caller_path_release(&observed.second);
  turn_give();
}

void supervisor_judged(uint64_t request, bool refused) {
  struct judged_call call;
  struct path_list approved;
  if (!judgements_answered(request, &call, &approved)) return;
  const struct supervised_call *supervised = supervised_call_find(call.notification.data.nr);
  if (!refused && is_exec_call(call.notification.data.nr)) let_kernel_decide(call.notification.id);
  else if (refused || supervised == NULL) answer(call.notification.id, EACCES, 0);
  else handle_path_call(supervised, &call.notification, &approved, call.rounds + 1);
  free(approved.text);
}

static void handle_exec(const struct seccomp_notif *notification) {
  int error;
  exec_call_watch(notification);
  if (supervisor.only_watches_programs) let_kernel_decide(notification->id);
  else if (!exec_call_ask(supervisor.channel, notification, &error)) answer(notification->id, error, 0);
}

static void note_umask(const struct seccomp_notif *notification) {
  caller_umask_changes((pid_t)notification->pid, (mode_t)notification->data.args[0]);
  let_kernel_decide(notification->id);
}

/* A clone that makes namespaces is another matter: it is refused. */
static bool starts_process(const struct seccomp_notif *notification) {
#ifdef SYS_fork
  if (notification->data.nr == SYS_fork || notification->data.nr == SYS_vfork) return true;
#endif
  return notification->data.nr == SYS_clone && (notification->data.args[0] & ANY_NAMESPACE) == 0;
}

bool supervisor_handle(void) {
  static union {
    struct seccomp_notif notification;
    char room[NOTIFICATION_MAX_BYTES];
  } received;
  memset(&received, 0, sizeof received);
  if (ioctl(supervisor.listener, SECCOMP_IOCTL_NOTIF_RECV, &received) != 0) return errno == EINTR || errno == ENOENT;
  const struct seccomp_notif *notification = &received.notification;
  if (notification->data.nr == SYS_connect) return connections_handle(notification), true;
  if (notification->data.nr == SYS_sendto) return datagram_handle(notification), true;
  if (is_exec_call(notification->data.nr)) return handle_exec(notification), true;
  if (notification->data.nr == SYS_umask) return note_umask(notification), true;
  if (is_look(notification)) return look_answer(notification), true;
  if (asks_for_channel(notification)) return channel_lend(supervisor.listener, notification), true;
  if (limits_supervisor(notification)) return refused_call_answer(notification), true;
  if (notification->data.nr == SYS_prlimit64) return let_kernel_decide(notification->id), true;
  if (sets_id_bit(notification, supervisor.performs == PERFORMS_NOTHING)) return refused_call_answer(notification), true;
  if (starts_process(notification)) return limit_reports_process(), let_kernel_decide(notification->id), true;
  const struct supervised_call *call = supervised_call_of(&notification->data);
  if (call != NULL && call->operation == OPERATION_OPEN) limit_reports_open(notification);
  if (call == NULL) refused_call_answer(notification);
  else handle_path_call(call, notification, NULL, 0);
  return true;
}

void supervisor_start(int listener, int channel, const struct supervisor_settings *settings) {
  struct seccomp_notif_sizes sizes;
  errno = 0;
  if (syscall(SYS_seccomp, SECCOMP_GET_NOTIF_SIZES, 0, &sizes) != 0 || sizes.seccomp_notif > NOTIFICATION_MAX_BYTES ||
      sizes.seccomp_notif_resp > NOTIFICATION_MAX_BYTES)
    fail("no-supervision", "this kernel's seccomp notifications cannot be read");
  supervisor.listener = listener;
  supervisor.channel = channel;
  supervisor.performs = settings->performs;
  supervisor.only_watches_programs = settings->only_watches_programs;
  mount_refusals_start(settings->masked_paths);
  path_reports_start(channel);
  looks_start(listener);
  guards_start(settings->guarded_names, settings->guarded_patterns, settings->guarded_links);
  performed_calls_start(listener);
  refused_calls_start(listener, channel);
  /* Without turns, another command may move what is remembered. Where nothing is held, a report may be a moment behind. */
  if (supervisor.performs < PERFORMS_CHANGES || turns_start(settings->turns)) directory_paths_remember();
  datagrams_start(listener, channel);
  connections_start(listener, channel, &settings->connections);
  /* Faster on kernels that have it (both sides share a CPU for the exchange); the rest works without. */
  (void)ioctl(listener, SECCOMP_IOCTL_NOTIF_SET_FLAGS, SECCOMP_USER_NOTIF_FD_SYNC_WAKE_UP);
}
