#include "connections.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "caller.h"
#include "caller_path.h"
#include "failure.h"
#include "looks.h"
#include "mount_refusals.h"
#include "notifications.h"
#include "unix_listeners.h"

/* Connections that wait for Node or for their peer. A program that has more gets EAGAIN. */
#define MAX_WAITING 256u
#define THREAD_STACK_BYTES (64u << 10)

/* A connect of a supervised program: everything of it that counts, copied. */
struct connection {
  __u64 notification;
  int socket; /* the caller's own, duplicated */
  int file;   /* the socket file that `address` names, or -1 */
  int domain;
  int type;
  socklen_t size;
  union {
    struct sockaddr any;
    struct sockaddr_in v4;
    struct sockaddr_in6 v6;
    struct sockaddr_un local;
    struct sockaddr_storage storage;
  } address;
};

struct waiting {
  struct connection connection;
  uint64_t request;
  bool used;
};

/* One sandbox per process: pid 1 is this program and nothing else. */
static struct {
  int listener;
  int channel;
  struct connection_settings settings;
  struct waiting waiting[MAX_WAITING];
  uint64_t next_request;
  atomic_uint threads;
} connections;

static void finish(const struct connection *connection, int error) {
  notification_answer(connections.listener, connection->notification, error, 0);
  close(connection->socket);
  if (connection->file >= 0) close(connection->file);
}

static int connect_now(const struct connection *connection) {
  int status;
  do status = connect(connection->socket, &connection->address.any, connection->size);
  while (status != 0 && errno == EINTR);
  return status == 0 ? 0 : errno;
}

static void *connect_in_thread(void *job) {
  struct connection *connection = job;
  finish(connection, connect_now(connection));
  free(connection);
  atomic_fetch_sub(&connections.threads, 1);
  return NULL;
}

static bool start_thread(const struct connection *connection) {
  pthread_t thread;
  pthread_attr_t attributes;
  struct connection *job = malloc(sizeof *job);
  if (job == NULL || pthread_attr_init(&attributes) != 0) return free(job), false;
  *job = *connection;
  (void)pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
  (void)pthread_attr_setstacksize(&attributes, THREAD_STACK_BYTES);
  bool started = pthread_create(&thread, &attributes, connect_in_thread, job) == 0;
  pthread_attr_destroy(&attributes);
  if (!started) free(job);
  return started;
}

/* A peer that does not accept must hold up its caller, not everybody's supervisor. */
static bool may_block(const struct connection *connection) {
  int flags = fcntl(connection->socket, F_GETFL);
  return connection->type != SOCK_DGRAM && flags >= 0 && (flags & O_NONBLOCK) == 0;
}

static void perform(const struct connection *connection) {
  if (!may_block(connection)) return finish(connection, connect_now(connection));
  if (atomic_fetch_add(&connections.threads, 1) < MAX_WAITING && start_thread(connection)) return;
  atomic_fetch_sub(&connections.threads, 1);
  finish(connection, EAGAIN);
}

static bool socket_option(int fd, int option, int *out) {
  socklen_t size = sizeof *out;
  return getsockopt(fd, SOL_SOCKET, option, out, &size) == 0;
}

/* 0, or the error that the caller gets. */
static int copy_call(const struct seccomp_notif *call, struct connection *out) {
  int size = (int)call->data.args[2];
  memset(out, 0, sizeof *out);
  out->notification = call->id;
  out->file = -1;
  if (size < 0 || (size_t)size > sizeof out->address.storage) return EINVAL;
  out->size = (socklen_t)size;
  int unread = size == 0 ? 0 : caller_read_bytes((pid_t)call->pid, call->data.args[1], &out->address, (size_t)size);
  if (unread != 0) return unread;
  out->socket = caller_descriptor((pid_t)call->pid, (int)call->data.args[0]);
  if (out->socket < 0) return errno == EBADF ? EBADF : EACCES;
  if (socket_option(out->socket, SO_DOMAIN, &out->domain) && socket_option(out->socket, SO_TYPE, &out->type)) return 0;
  int error = errno;
  close(out->socket);
  return error;
}

static struct waiting *free_place(void) {
  for (size_t i = 0; i < MAX_WAITING; i++)
    if (!connections.waiting[i].used) return &connections.waiting[i];
  return NULL;
}

/* A destination whose port may need a listener first. */
struct destination {
  struct field address;
  uint16_t port;
};

static bool read_destination(const struct connection *connection, struct destination *out) {
  const struct sockaddr_in *v4 = &connection->address.v4;
  const struct sockaddr_in6 *v6 = &connection->address.v6;
  if (connection->domain != AF_INET && connection->domain != AF_INET6) return false;
  if (connection->size >= sizeof *v4 && v4->sin_family == AF_INET) {
    out->address = (struct field){(const unsigned char *)&v4->sin_addr, 4};
    out->port = ntohs(v4->sin_port);
    return true;
  }
  if (connection->size < sizeof *v6 || v6->sin6_family != AF_INET6) return false;
  out->address = (struct field){(const unsigned char *)&v6->sin6_addr, 16};
  out->port = ntohs(v6->sin6_port);
  return true;
}

/* Offers the port to Node, which may open a listener and learns who is behind the connection. False: nothing to wait for. */
static bool offer_port(const struct seccomp_notif *call, const struct connection *connection) {
  struct destination destination;
  unsigned char id[8], pid[8], type[8], port[8];
  char program[PATH_MAX];
  /* Port 0: getaddrinfo(3) looks for the address it would connect from. */
  if (!read_destination(connection, &destination) || destination.port == 0) return false;
  struct waiting *place = free_place();
  if (place == NULL) return false;
  *place = (struct waiting){*connection, connections.next_request++, true};
  struct field fields[] = {field_string("connect"),
                           field_u64(place->request, id),
                           field_u64((uint64_t)caller_pid((pid_t)call->pid), pid),
                           caller_program((pid_t)call->pid, program),
                           field_u64(connection->type == SOCK_STREAM, type),
                           destination.address,
                           field_u64(destination.port, port)};
  place->used = frame_write(connections.channel, fields, 7);
  return place->used;
}

void connections_ready(uint64_t request) {
  for (size_t i = 0; i < MAX_WAITING; i++) {
    struct waiting *place = &connections.waiting[i];
    if (!place->used || place->request != request) continue;
    place->used = false;
    perform(&place->connection);
  }
}

static bool is_listed(const char *path) {
  const struct field listed = connections.settings.unix_sockets;
  const char *at = (const char *)listed.data, *end = at + listed.size;
  for (; at < end; at += strlen(at) + 1) {
    size_t length = strlen(at);
    if (strncmp(path, at, length) == 0 && (path[length] == '/' || path[length] == 0)) return true;
  }
  return false;
}

static void report_refused(const struct seccomp_notif *call, const char *path, unsigned needs) {
  char program[PATH_MAX];
  unsigned char pid[8], needed[8];
  struct field fields[] = {field_string("unix-connect"), field_u64((uint64_t)caller_pid((pid_t)call->pid), pid), caller_program((pid_t)call->pid, program), field_string(path), field_u64(needs, needed)};
  (void)frame_write(connections.channel, fields, 5);
}

/* By descriptor: what was judged is what is connected to. */
static socklen_t address_of_file(struct sockaddr_un *out, int file) {
  out->sun_family = AF_UNIX;
  int length = snprintf(out->sun_path, sizeof out->sun_path, "/proc/self/fd/%d", file);
  return (socklen_t)(offsetof(struct sockaddr_un, sun_path) + (size_t)length + 1);
}

static void connect_to_file(struct connection *connection, int file) {
  connection->size = address_of_file(&connection->address.local, file);
  connection->file = file;
  perform(connection);
}

/* A socket of another type is told apart from none (EPROTOTYPE, ECONNREFUSED), and nobody hears of it. */
static bool is_abandoned(int file) {
  struct sockaddr_un address;
  socklen_t size = address_of_file(&address, file);
  int probe = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  bool refused = probe >= 0 && connect(probe, (struct sockaddr *)&address, size) != 0 && errno == ECONNREFUSED;
  if (probe >= 0) close(probe);
  return refused;
}

static void judge_path(const struct seccomp_notif *call, struct connection *connection, const struct path_request *request) {
  struct caller_path at;
  struct stat found;
  caller_path_resolve(request, &at);
  if (mount_refusal_of_look(&at, NEEDS_WRITING).reason != NULL) report_refused(call, at.path, NEEDS_WRITING);
  if (at.state == PATH_MISSING) {
    finish(connection, ENOENT);
  } else if (at.state != PATH_EXISTS) {
    finish(connection, EACCES);
  } else if (fstat(at.target, &found) != 0 || !S_ISSOCK(found.st_mode) || is_abandoned(at.target)) {
    finish(connection, ECONNREFUSED);
  } else if (is_listed(at.path) || unix_listener_is_inside(at.target)) {
    connect_to_file(connection, at.target);
    at.target = -1;
  } else {
    report_refused(call, at.path, 0);
    finish(connection, EACCES);
  }
  caller_path_release(&at);
}

/* In the caller's own directory, and with nothing to hold. */
static void leave_to_kernel(const struct seccomp_notif *call, const struct connection *connection, const struct path_request *request) {
  look_report(call, request, NEEDS_WRITING);
  notification_answer(connections.listener, connection->notification, 0, SECCOMP_USER_NOTIF_FLAG_CONTINUE);
  close(connection->socket);
}

static bool names_path(const struct connection *connection) {
  const struct sockaddr_un *local = &connection->address.local;
  return connection->domain == AF_UNIX && connection->size > offsetof(struct sockaddr_un, sun_path) && connection->size <= sizeof *local &&
         local->sun_family == AF_UNIX && local->sun_path[0] != 0;
}

static void handle_path(const struct seccomp_notif *call, struct connection *connection) {
  char path[sizeof connection->address.local.sun_path + 1] = {0};
  const struct path_request request = {.thread = (pid_t)call->pid, .directory = AT_FDCWD, .path = path, .follow_last = true};
  memcpy(path, connection->address.local.sun_path, connection->size - offsetof(struct sockaddr_un, sun_path));
  if (connections.settings.any_unix_socket) leave_to_kernel(call, connection, &request);
  else judge_path(call, connection, &request);
}

void connections_handle(const struct seccomp_notif *call) {
  struct connection connection;
  int error = copy_call(call, &connection);
  if (error != 0) return notification_answer(connections.listener, call->id, error, 0);
  /* What was copied must be the caller's, not that of a process which got its pid. */
  if (!notification_is_waiting(connections.listener, call->id)) return (void)close(connection.socket);
  if (names_path(&connection)) return handle_path(call, &connection);
  if (!offer_port(call, &connection)) perform(&connection);
}

void connections_start(int listener, int channel, const struct connection_settings *settings) {
  connections.listener = listener;
  connections.channel = channel;
  connections.settings = *settings;
}
