#include "looks.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <sys/syscall.h>

#include "../preload/marks.h"
#include "caller.h"
#include "mount_refusals.h"
#include "notifications.h"

static struct {
  int listener;
} looks;

void looks_start(int listener) {
  looks.listener = listener;
}

bool is_look(const struct seccomp_notif *notification) {
  return notification->data.nr == SYS_openat && (uint32_t)notification->data.args[5] == (uint32_t)MARK_LOOKED;
}

void look_report(const struct seccomp_notif *notification, const struct path_request *request, unsigned needs) {
  struct caller_path at;
  caller_path_resolve(request, &at);
  const struct refusal refusal = mount_refusal_of_look(&at, needs);
  if (refusal.reason != NULL && notification_is_waiting(looks.listener, notification->id)) path_report(notification, "read", refusal.reason, at.path, refusal.needs);
  caller_path_release(&at);
}

void look_answer(const struct seccomp_notif *notification) {
  char path[PATH_MAX];
  const pid_t thread = (pid_t)notification->pid;
  const bool follows = ((int)notification->data.args[2] & O_NOFOLLOW) == 0;
  const struct path_request request = {.thread = thread, .directory = (int)notification->data.args[0], .path = path, .follow_last = follows};
  if (caller_read_string(thread, notification->data.args[1], path) == 0) look_report(notification, &request, (unsigned)notification->data.args[3] & (NEEDS_READING | NEEDS_WRITING | NEEDS_EXECUTING));
  notification_answer(looks.listener, notification->id, EACCES, 0);
}
