/* Attempts over Unix sockets. A path that starts with @ is an abstract name. */
#include "probe.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

struct address {
  struct sockaddr_un name;
  socklen_t size;
};

static struct address address_of(const char *path) {
  struct address address;
  size_t length = strlen(path);
  memset(&address, 0, sizeof address);
  address.name.sun_family = AF_UNIX;
  memcpy(address.name.sun_path, path, length < sizeof address.name.sun_path ? length : sizeof address.name.sun_path);
  if (path[0] == '@') address.name.sun_path[0] = 0;
  address.size = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + length + (path[0] == '@' ? 0 : 1));
  return address;
}

static int connect_to(int fd, const char *path) {
  struct address address = address_of(path);
  return connect(fd, (const struct sockaddr *)&address.name, address.size);
}

/* unix-connect PATH: and reads the greeting, so that "ok" means a conversation. */
int probe_unix_connect(char **arguments) {
  char greeting[16];
  int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (fd < 0 || connect_to(fd, arguments[0]) != 0) return probe_result(-1);
  ssize_t got = read(fd, greeting, sizeof greeting);
  if (got == 0) errno = ECONNRESET;
  return probe_result(got > 0 ? 0 : -1);
}

/* unix-connect-long PATH: 108 bytes without a NUL, as the kernel allows. */
int probe_unix_connect_long(char **arguments) {
  struct sockaddr_un name = {.sun_family = AF_UNIX};
  size_t length = strlen(arguments[0]);
  memset(name.sun_path, '/', sizeof name.sun_path);
  if (length > sizeof name.sun_path) return 2;
  memcpy(name.sun_path + sizeof name.sun_path - length, arguments[0], length);
  int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  return probe_result(fd < 0 ? -1 : connect(fd, (struct sockaddr *)&name, sizeof name));
}

/* unix-serve PATH: greets one client, then ends. */
int probe_unix_serve(char **arguments) {
  struct address address = address_of(arguments[0]);
  int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (fd < 0 || bind(fd, (struct sockaddr *)&address.name, address.size) != 0 || listen(fd, 4) != 0) return probe_result(-1);
  puts("listening");
  fflush(stdout);
  int client = accept(fd, NULL, NULL);
  if (client < 0 || write(client, "hello\n", 6) != 6) return probe_result(-1);
  return probe_result(0);
}

/* socket FAMILY TYPE PROTOCOL */
int probe_socket(char **arguments) {
  return probe_result(socket((int)probe_number(arguments[0]), (int)probe_number(arguments[1]), (int)probe_number(arguments[2])));
}

/* unix-receive PATH: datagrams, until it is killed. */
int probe_unix_receive(char **arguments) {
  char byte;
  struct address address = address_of(arguments[0]);
  int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  if (fd < 0 || bind(fd, (struct sockaddr *)&address.name, address.size) != 0) return probe_result(-1);
  puts("bound");
  fflush(stdout);
  while (recv(fd, &byte, 1, 0) >= 0) continue;
  return probe_result(-1);
}

/* unix-sendto PATH TYPE: without a connection */
int probe_unix_sendto(char **arguments) {
  struct address address = address_of(arguments[0]);
  int fd = socket(AF_UNIX, (int)probe_number(arguments[1]) | SOCK_CLOEXEC, 0);
  if (fd < 0) return probe_result(-1);
  return probe_result(sendto(fd, "x", 1, MSG_NOSIGNAL, (struct sockaddr *)&address.name, address.size));
}

/* unix-pair-sendto PATH TYPE: one end of a pair, told to send elsewhere */
int probe_unix_pair_sendto(char **arguments) {
  struct address address = address_of(arguments[0]);
  int pair[2];
  if (socketpair(AF_UNIX, (int)probe_number(arguments[1]) | SOCK_CLOEXEC, 0, pair) != 0) return probe_result(-1);
  struct iovec part = {"x", 1};
  struct msghdr message = {.msg_name = &address.name, .msg_namelen = address.size, .msg_iov = &part, .msg_iovlen = 1};
  return probe_result(sendmsg(pair[0], &message, MSG_NOSIGNAL));
}

static struct address racing;
static atomic_bool racing_ends;
static const char *racing_names[2];

static void *swap_names(void *unused) {
  (void)unused;
  for (size_t turn = 0; !atomic_load(&racing_ends); turn++) memcpy(racing.name.sun_path, racing_names[turn % 2], strlen(racing_names[turn % 2]) + 1);
  return NULL;
}

/* unix-race ALLOWED DENIED COUNT: another thread swaps the name while the call is judged. Both greet with their own name. */
int probe_unix_race(char **arguments) {
  pthread_t swapper;
  unsigned long count = probe_number(arguments[2]), reached = 0;
  racing = address_of(arguments[0]);
  racing.size = sizeof racing.name;
  racing_names[0] = arguments[0];
  racing_names[1] = arguments[1];
  if (pthread_create(&swapper, NULL, swap_names, NULL) != 0) return 2;
  for (unsigned long i = 0; i < count; i++) {
    char greeting[16] = {0};
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (connect(fd, (struct sockaddr *)&racing.name, racing.size) == 0 && read(fd, greeting, sizeof greeting - 1) > 0 && strncmp(greeting, "denied", 6) == 0) reached++;
    close(fd);
  }
  atomic_store(&racing_ends, true);
  pthread_join(swapper, NULL);
  errno = EACCES;
  return probe_result(reached > 0 ? 0 : -1);
}

/* unix-late-connect PATH: from a child whose parent has gone, so that the caller is somebody else's process by now. */
int probe_unix_late_connect(char **arguments) {
  int report[2];
  char result;
  if (pipe(report) != 0) return 2;
  if (fork() == 0) {
    if (fork() != 0) _exit(0);
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    result = connect_to(fd, arguments[0]) == 0 ? 0 : (char)errno;
    _exit(write(report[1], &result, 1) == 1 ? 0 : 1);
  }
  if (read(report[0], &result, 1) != 1) return 2;
  errno = result;
  return probe_result(result == 0 ? 0 : -1);
}

/* unix-non-blocking PATH */
int probe_unix_non_blocking(char **arguments) {
  int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  return probe_result(fd < 0 ? -1 : connect_to(fd, arguments[0]));
}
