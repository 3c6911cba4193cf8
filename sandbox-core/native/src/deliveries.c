#include "deliveries.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdint.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "../preload/marks.h"
#include "notifications.h"

/* include/uapi/linux/seccomp.h, since 5.14. */
#ifndef SECCOMP_ADDFD_FLAG_SEND
#define SECCOMP_ADDFD_FLAG_SEND (1UL << 1)
#endif

/* A sandbox with more programs that open much at the same time: those whose turn was longest ago go without. */
#define MAX_CHANNELS 64u
#define OPENING_BITS 24
#define CHANNEL_ARGUMENT 4
#define MARK_ARGUMENT 5

static struct {
  struct {
    uint64_t name; /* 0: none is open */
    int socket;
  } all[MAX_CHANNELS];
  unsigned next;
} channels;

static bool is_marked(const struct seccomp_notif *notification, long mark) {
  return notification->data.nr == SYS_openat && (uint32_t)notification->data.args[MARK_ARGUMENT] == (uint32_t)mark;
}

bool asks_for_channel(const struct seccomp_notif *notification) {
  return is_marked(notification, MARK_CHANNEL);
}

static void close_channel(unsigned at) {
  if (channels.all[at].name != 0) close(channels.all[at].socket);
  channels.all[at].name = 0;
}

static bool is_abandoned(unsigned at) {
  struct pollfd end = {.fd = channels.all[at].socket};
  return channels.all[at].name == 0 || (poll(&end, 1, 0) == 1 && (end.revents & (POLLHUP | POLLERR)) != 0);
}

static unsigned free_place(void) {
  for (unsigned at = 0; at < MAX_CHANNELS; at++)
    if (is_abandoned(at)) return at;
  return channels.next++ % MAX_CHANNELS;
}

/* As the program tells it, by the socket that it has: preload/delivery.c. */
static uint64_t name_of(int socket) {
  uint64_t cookie = 0;
  socklen_t size = sizeof cookie;
  return getsockopt(socket, SOL_SOCKET, SO_COOKIE, &cookie, &size) == 0 ? cookie << OPENING_BITS : 0;
}

void channel_lend(int listener, const struct seccomp_notif *notification) {
  int ends[2];
  if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, ends) != 0) return notification_answer(listener, notification->id, EAGAIN, 0);
  (void)shutdown(ends[1], SHUT_WR); /* it is for taking */
  const unsigned at = free_place();
  const struct seccomp_notif_addfd added = {.id = notification->id, .flags = SECCOMP_ADDFD_FLAG_SEND, .srcfd = (__u32)ends[1], .newfd_flags = O_CLOEXEC};
  close_channel(at);
  channels.all[at].name = name_of(ends[1]);
  channels.all[at].socket = ends[0];
  const bool is_lent = channels.all[at].name != 0 && ioctl(listener, SECCOMP_IOCTL_NOTIF_ADDFD, &added) >= 0;
  close(ends[1]);
  if (is_lent) return;
  if (channels.all[at].name == 0) close(ends[0]);
  close_channel(at);
  notification_answer(listener, notification->id, EAGAIN, 0);
}

static bool send_with(int socket, uint64_t opening, int fd) {
  struct iovec part = {&opening, sizeof opening};
  union {
    char bytes[CMSG_SPACE(sizeof(int))];
    struct cmsghdr align;
  } control;
  memset(&control, 0, sizeof control);
  struct msghdr message = {.msg_iov = &part, .msg_iovlen = 1, .msg_control = control.bytes, .msg_controllen = sizeof control.bytes};
  struct cmsghdr *header = CMSG_FIRSTHDR(&message);
  header->cmsg_level = SOL_SOCKET;
  header->cmsg_type = SCM_RIGHTS;
  header->cmsg_len = CMSG_LEN(sizeof(int));
  memcpy(CMSG_DATA(header), &fd, sizeof(int));
  return sendmsg(socket, &message, MSG_NOSIGNAL | MSG_DONTWAIT) == (ssize_t)sizeof opening;
}

bool channel_deliver(const struct seccomp_notif *notification, int fd) {
  if (!is_marked(notification, MARK_DELIVER)) return false;
  const uint64_t opening = notification->data.args[CHANNEL_ARGUMENT], name = opening >> OPENING_BITS << OPENING_BITS;
  for (unsigned at = 0; name != 0 && at < MAX_CHANNELS; at++) {
    if (channels.all[at].name != name) continue;
    if (send_with(channels.all[at].socket, opening, fd)) return true;
    if (errno != EAGAIN) close_channel(at);
    return false;
  }
  return false;
}
