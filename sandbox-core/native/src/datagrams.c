#include "datagrams.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "caller.h"
#include "frame.h"
#include "notifications.h"

static struct {
  int listener;
  int channel;
} datagrams;

union address {
  struct sockaddr any;
  struct sockaddr_in v4;
  struct sockaddr_in6 v6;
};

/* IPv4 as IPv6 has it is IPv4. */
struct destination {
  struct in_addr v4;
  struct in6_addr v6;
  bool is_v4;
  uint16_t port;
};

void datagrams_start(int listener, int channel) {
  datagrams.listener = listener;
  datagrams.channel = channel;
}

static bool read_destination(const struct seccomp_notif *call, struct destination *out) {
  union address address;
  const size_t size = (size_t)(uint32_t)call->data.args[5];
  memset(&address, 0, sizeof address);
  if (size < sizeof address.v4 || caller_read_bytes((pid_t)call->pid, call->data.args[4], &address, size < sizeof address ? size : sizeof address) != 0) return false;
  if (address.any.sa_family == AF_INET) {
    *out = (struct destination){.v4 = address.v4.sin_addr, .is_v4 = true, .port = ntohs(address.v4.sin_port)};
    return true;
  }
  if (address.any.sa_family != AF_INET6 || size < sizeof address.v6) return false;
  *out = (struct destination){.v6 = address.v6.sin6_addr, .is_v4 = IN6_IS_ADDR_V4MAPPED(&address.v6.sin6_addr), .port = ntohs(address.v6.sin6_port)};
  memcpy(&out->v4, address.v6.sin6_addr.s6_addr + 12, sizeof out->v4);
  return true;
}

/* The sandbox's own: itself, and all who listen. */
static bool stays_inside(const struct destination *to) {
  const in_addr_t v4 = ntohl(to->v4.s_addr);
  if (to->is_v4) return v4 >> 24 == IN_LOOPBACKNET || IN_MULTICAST(v4) || v4 == INADDR_ANY || v4 == INADDR_BROADCAST;
  return IN6_IS_ADDR_LOOPBACK(&to->v6) || IN6_IS_ADDR_MULTICAST(&to->v6) || IN6_IS_ADDR_UNSPECIFIED(&to->v6);
}

static bool has_line_of_port(const char *table, uint16_t port) {
  char line[512];
  unsigned found = 0;
  bool is_there = false;
  FILE *file = fopen(table, "re");
  while (file != NULL && !is_there && fgets(line, sizeof line, file) != NULL) is_there = sscanf(line, " %*[^:]: %*[0-9A-Fa-f]:%X", &found) == 1 && found == port;
  if (file != NULL) fclose(file);
  return is_there;
}

/* All addresses are the sandbox's own: whoever listens on the port gets it. What cannot be told counts as received. */
static bool is_received(uint16_t port) {
  return access("/proc/self/net/udp", R_OK) != 0 || has_line_of_port("/proc/self/net/udp", port) || has_line_of_port("/proc/self/net/udp6", port);
}

static bool is_datagram_socket(const struct seccomp_notif *call) {
  int type = 0;
  socklen_t size = sizeof type;
  const int fd = caller_descriptor((pid_t)call->pid, (int)call->data.args[0]);
  const bool is_datagram = fd >= 0 && getsockopt(fd, SOL_SOCKET, SO_TYPE, &type, &size) == 0 && type == SOCK_DGRAM;
  if (fd >= 0) close(fd);
  return is_datagram;
}

static void report(const struct seccomp_notif *call, const struct destination *to) {
  char program[PATH_MAX];
  unsigned char pid[8], port[8];
  const struct field address = to->is_v4 ? (struct field){(const unsigned char *)&to->v4, sizeof to->v4} : (struct field){to->v6.s6_addr, sizeof to->v6};
  struct field fields[] = {field_string("send"), field_u64((uint64_t)caller_pid((pid_t)call->pid), pid), caller_program((pid_t)call->pid, program), address, field_u64(to->port, port)};
  (void)frame_write(datagrams.channel, fields, 5);
}

void datagram_handle(const struct seccomp_notif *call) {
  struct destination to;
  const bool is_lost = read_destination(call, &to) && to.port != 0 && !stays_inside(&to) && is_datagram_socket(call) && !is_received(to.port);
  if (!is_lost || !notification_is_waiting(datagrams.listener, call->id)) return notification_answer(datagrams.listener, call->id, 0, SECCOMP_USER_NOTIF_FLAG_CONTINUE);
  report(call, &to);
  notification_answer(datagrams.listener, call->id, ECONNREFUSED, 0);
}
