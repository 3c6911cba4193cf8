#include "ipc_channel.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "failure.h"

#define IPC_FD 3
/* Messages from Node are a few words. */
#define LINE_MAX_BYTES 4096

void ipc_send(const char *line, int attached_fd) {
  struct iovec part = {(void *)(uintptr_t)line, strlen(line)};
  union {
    char bytes[CMSG_SPACE(sizeof(int))];
    struct cmsghdr align;
  } control;
  struct msghdr message = {.msg_iov = &part, .msg_iovlen = 1};
  if (attached_fd >= 0) {
    memset(&control, 0, sizeof control);
    message.msg_control = control.bytes;
    message.msg_controllen = sizeof control.bytes;
    struct cmsghdr *header = CMSG_FIRSTHDR(&message);
    header->cmsg_level = SOL_SOCKET;
    header->cmsg_type = SCM_RIGHTS;
    header->cmsg_len = CMSG_LEN(sizeof(int));
    memcpy(CMSG_DATA(header), &attached_fd, sizeof(int));
  }
  while (part.iov_len > 0) {
    ssize_t sent = sendmsg(IPC_FD, &message, MSG_NOSIGNAL);
    if (sent < 0 && errno == EINTR) continue;
    if (sent <= 0) fail("pod-channel", "cannot write to the session's channel");
    part.iov_base = (char *)part.iov_base + sent;
    part.iov_len -= (size_t)sent;
    message.msg_control = NULL;
    message.msg_controllen = 0;
  }
}

static struct {
  char line[LINE_MAX_BYTES];
  size_t length;
  int pending_fd; /* came with bytes of the line that is not whole yet */
} incoming = {.pending_fd = -1};

static void keep_descriptor(struct msghdr *message) {
  struct cmsghdr *header = CMSG_FIRSTHDR(message);
  if (header == NULL || header->cmsg_level != SOL_SOCKET || header->cmsg_type != SCM_RIGHTS) return;
  if (incoming.pending_fd >= 0) close(incoming.pending_fd);
  memcpy(&incoming.pending_fd, CMSG_DATA(header), sizeof(int));
}

static void end_line(ipc_handle_receiver *receive) {
  incoming.line[incoming.length] = 0;
  incoming.length = 0;
  if (strstr(incoming.line, "\"NODE_HANDLE\"") == NULL) return;
  int fd = incoming.pending_fd;
  incoming.pending_fd = -1;
  ipc_send("{\"cmd\":\"NODE_HANDLE_ACK\"}\n", -1);
  if (fd >= 0) receive(incoming.line, fd);
}

bool ipc_receive(ipc_handle_receiver *receive) {
  char bytes[LINE_MAX_BYTES];
  for (;;) {
    union {
      char bytes[CMSG_SPACE(sizeof(int))];
      struct cmsghdr align;
    } control;
    struct iovec part = {bytes, sizeof bytes};
    struct msghdr message = {.msg_iov = &part, .msg_iovlen = 1, .msg_control = control.bytes, .msg_controllen = sizeof control.bytes};
    ssize_t got = recvmsg(IPC_FD, &message, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return errno == EAGAIN;
    if (got == 0) return false;
    keep_descriptor(&message);
    for (ssize_t i = 0; i < got; i++) {
      if (bytes[i] == '\n') end_line(receive);
      else if (incoming.length < LINE_MAX_BYTES - 1) incoming.line[incoming.length++] = bytes[i];
    }
  }
}

bool ipc_number(const char *line, const char *key, uint64_t *out) {
  char quoted[64];
  snprintf(quoted, sizeof quoted, "\"%s\":", key);
  const char *at = strstr(line, quoted);
  if (at == NULL) return false;
  *out = strtoull(at + strlen(quoted), NULL, 10);
  return true;
}
