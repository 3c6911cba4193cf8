#include "unix_listeners.h"

#include <errno.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <linux/sock_diag.h>
#include <linux/unix_diag.h>
#include <stdint.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

/* tcp_states.h: the state of a Unix socket that listens. */
#define LISTENING 10
#define REPLY_MAX_BYTES (32u << 10)

struct bound_inode {
  uint32_t inode;
  uint32_t device; /* as the kernel keeps it: major << 20 | minor */
};

static bool request_listeners(int netlink) {
  struct {
    struct nlmsghdr header;
    struct unix_diag_req request;
  } message;
  memset(&message, 0, sizeof message);
  message.header.nlmsg_len = sizeof message;
  message.header.nlmsg_type = SOCK_DIAG_BY_FAMILY;
  message.header.nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP;
  message.request.sdiag_family = AF_UNIX;
  message.request.udiag_states = 1u << LISTENING;
  message.request.udiag_show = UDIAG_SHOW_VFS;
  return send(netlink, &message, sizeof message, 0) == (ssize_t)sizeof message;
}

static bool is_bound_to(const struct nlmsghdr *header, const struct bound_inode *wanted) {
  if (header->nlmsg_len < NLMSG_LENGTH(sizeof(struct unix_diag_msg))) return false;
  const struct unix_diag_msg *socket_ = NLMSG_DATA(header);
  size_t left = header->nlmsg_len - NLMSG_LENGTH(sizeof *socket_);
  for (const struct rtattr *attribute = (const struct rtattr *)(socket_ + 1); RTA_OK(attribute, left); attribute = RTA_NEXT(attribute, left)) {
    struct unix_diag_vfs found;
    if (attribute->rta_type != UNIX_DIAG_VFS || RTA_PAYLOAD(attribute) < sizeof found) continue;
    memcpy(&found, RTA_DATA(attribute), sizeof found);
    if (found.udiag_vfs_ino == wanted->inode && found.udiag_vfs_dev == wanted->device) return true;
  }
  return false;
}

static bool find_listener(int netlink, const struct bound_inode *wanted) {
  static _Alignas(struct nlmsghdr) unsigned char reply[REPLY_MAX_BYTES];
  bool found = false;
  for (;;) {
    ssize_t got = recv(netlink, reply, sizeof reply, 0);
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) return false;
    size_t left = (size_t)got;
    for (const struct nlmsghdr *header = (const struct nlmsghdr *)reply; NLMSG_OK(header, left); header = NLMSG_NEXT(header, left)) {
      if (header->nlmsg_type == NLMSG_DONE) return found;
      if (header->nlmsg_type == NLMSG_ERROR) return false;
      found = found || is_bound_to(header, wanted);
    }
  }
}

bool unix_listener_is_inside(int socket_file) {
  struct stat file;
  /* The kernel tells 32 bits of the inode's number; a longer one could be mistaken for another. */
  if (fstat(socket_file, &file) != 0 || file.st_ino > UINT32_MAX) return false;
  const struct bound_inode wanted = {(uint32_t)file.st_ino, (uint32_t)(major(file.st_dev) << 20 | minor(file.st_dev))};
  int netlink = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_SOCK_DIAG);
  bool found = netlink >= 0 && request_listeners(netlink) && find_listener(netlink, &wanted);
  if (netlink >= 0) close(netlink);
  return found;
}
