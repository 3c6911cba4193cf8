#include "observed_call.h"

#include <errno.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <unistd.h>

#include "caller.h"
#include "directory_paths.h"
#include "guards.h"

static bool follows_last(const struct observed_call *observed) {
  const int flags = observed_flags(observed);
  if (observed->call->operation == OPERATION_CHANGE) return observed->call->follows_last && (flags & AT_SYMLINK_NOFOLLOW) == 0;
  if (observed->call->operation != OPERATION_OPEN) return observed->call->follows_last;
  return (flags & O_NOFOLLOW) == 0 && (flags & (O_CREAT | O_EXCL)) != (O_CREAT | O_EXCL);
}

/* The file itself, by the caller's descriptor. Where it is found is looked up if anybody asks: it costs as much as all the rest. */
static int resolve_descriptor(const struct observed_call *observed, int directory, struct caller_path *out) {
  memset(out, 0, offsetof(struct caller_path, path) + 1);
  out->parent = -1;
  out->target = caller_descriptor((pid_t)observed->notification->pid, (int)observed_argument(observed, directory));
  if (out->target < 0) return errno == EPERM ? EACCES : errno;
  out->state = PATH_EXISTS;
  if (guards_exist()) observed_path_find(out);
  return 0;
}

void observed_path_find(struct caller_path *path) {
  if (path->path[0] == 0 && path->target >= 0 && !descriptor_path(path->target, path->path)) path->path[0] = 0;
}

/* The path of a Unix socket's address; empty if it has none. 0, or why it cannot be read. */
static int read_socket_path(const struct observed_call *observed, int argument, char out[PATH_MAX]) {
  struct sockaddr_un address = {0};
  const size_t size = (size_t)observed_argument(observed, argument + 1), family = offsetof(struct sockaddr_un, sun_path);
  out[0] = 0;
  if (size <= family || size > sizeof address) return 0;
  int error = caller_read_bytes((pid_t)observed->notification->pid, observed_argument(observed, argument), &address, size);
  if (error == 0 && address.sun_family == AF_UNIX) snprintf(out, PATH_MAX, "%.*s", (int)(size - family), address.sun_path);
  return error;
}

static int read_path(const struct observed_call *observed, int argument, char out[PATH_MAX]) {
  if (observed->call->flags_argument == IS_SOCKET_ADDRESS) return read_socket_path(observed, argument, out);
  return caller_read_string((pid_t)observed->notification->pid, observed_argument(observed, argument), out);
}

/* 0, or why the argument cannot be read. The request and its text stay valid with `observed`. */
static int resolve_argument(struct observed_call *observed, int directory, int path, bool follow, struct caller_path *out) {
  const pid_t thread = (pid_t)observed->notification->pid;
  const bool is_of_descriptor = path == NO_ARGUMENT || (observed->call->number == SYS_utimensat && observed_argument(observed, path) == 0);
  if (is_of_descriptor) return resolve_descriptor(observed, directory, out);
  int error = read_path(observed, path, observed->text);
  if (error != 0) return error;
  const bool is_empty_path = observed->text[0] == 0 && observed->call->operation == OPERATION_CHANGE && (observed_flags(observed) & AT_EMPTY_PATH) != 0;
  if (is_empty_path) return resolve_descriptor(observed, directory, out);
  observed->request = (struct path_request){.thread = thread, .directory = directory == NO_ARGUMENT ? AT_FDCWD : (int)observed_argument(observed, directory), .path = observed->text, .follow_last = follow, .parent_suffices = observed->request.parent_suffices};
  caller_path_resolve(&observed->request, out);
  return 0;
}

int observed_call_resolve(struct observed_call *observed, bool parent_suffices) {
  const struct supervised_call *call = observed->call;
  observed->request.parent_suffices = parent_suffices;
  observed->path.is_untried = false;
  observed->path.target = observed->path.parent = observed->second.target = observed->second.parent = -1;
  int error = call->performance == PERFORM_SYMLINK ? caller_read_string((pid_t)observed->notification->pid, observed_argument(observed, 0), observed->target) : 0;
  if (error == 0) error = resolve_argument(observed, call->directory_argument, call->path_argument, follows_last(observed), &observed->path);
  if (error != 0 || call->second_path_argument == NO_ARGUMENT) return error;
  const bool follow = call->performance == PERFORM_LINK && (observed_flags(observed) & AT_SYMLINK_FOLLOW) != 0;
  return resolve_argument(observed, call->second_directory_argument, call->second_path_argument, follow, &observed->second);
}

void observed_call_try(struct observed_call *observed) {
  if (observed->path.is_untried) caller_path_try(&observed->request, &observed->path);
}
