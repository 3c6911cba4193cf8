#include "any_ip.h"

#include <errno.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

/* One RTM_NEWROUTE message with its only attribute, the outgoing interface. */
struct route_request {
  struct nlmsghdr header;
  struct rtmsg route;
  struct rtattr interface_header;
  unsigned int interface;
};

struct route_reply {
  struct nlmsghdr header;
  struct nlmsgerr error;
  char echoed_request[256];
};

static int add_local_default(int netlink, unsigned char family, unsigned int loopback) {
  struct route_request request;
  struct route_reply reply;
  memset(&request, 0, sizeof request);
  request.header.nlmsg_len = sizeof request;
  request.header.nlmsg_type = RTM_NEWROUTE;
  request.header.nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK | NLM_F_CREATE | NLM_F_REPLACE;
  request.route.rtm_family = family;
  request.route.rtm_table = RT_TABLE_LOCAL;
  request.route.rtm_protocol = RTPROT_STATIC;
  request.route.rtm_scope = RT_SCOPE_HOST;
  request.route.rtm_type = RTN_LOCAL;
  request.interface_header.rta_len = RTA_LENGTH(sizeof request.interface);
  request.interface_header.rta_type = RTA_OIF;
  request.interface = loopback;
  if (send(netlink, &request, sizeof request, 0) != (ssize_t)sizeof request) return errno;
  ssize_t got = recv(netlink, &reply, sizeof reply, 0);
  if (got < (ssize_t)(sizeof reply.header + sizeof reply.error) || reply.header.nlmsg_type != NLMSG_ERROR) return EBADMSG;
  return -reply.error.error;
}

/* bubblewrap has done that; a namespace that unshare(1) made comes with it down. */
static bool loopback_up(int socket) {
  struct ifreq request;
  memset(&request, 0, sizeof request);
  strcpy(request.ifr_name, "lo");
  if (ioctl(socket, SIOCGIFFLAGS, &request) != 0) return false;
  if (request.ifr_flags & IFF_UP) return true;
  request.ifr_flags |= IFF_UP;
  return ioctl(socket, SIOCSIFFLAGS, &request) == 0;
}

bool any_ip_enable(bool *has_ipv6) {
  int netlink = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE);
  if (netlink < 0) return false;
  unsigned int loopback = if_nametoindex("lo");
  int error = loopback == 0 || !loopback_up(netlink) ? errno : add_local_default(netlink, AF_INET, loopback);
  *has_ipv6 = error == 0 && add_local_default(netlink, AF_INET6, loopback) == 0;
  close(netlink);
  errno = error;
  return error == 0;
}
