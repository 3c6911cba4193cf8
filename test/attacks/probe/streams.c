/* Attempts over TCP that are no plain connect(2). */
#include "probe.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#ifndef IPPROTO_MPTCP
#define IPPROTO_MPTCP 262
#endif

static socklen_t parse_address(const char *address, unsigned short port, struct sockaddr_storage *parsed) {
  struct sockaddr_in *ipv4 = (struct sockaddr_in *)parsed;
  struct sockaddr_in6 *ipv6 = (struct sockaddr_in6 *)parsed;
  memset(parsed, 0, sizeof *parsed);
  if (inet_pton(AF_INET, address, &ipv4->sin_addr) == 1) {
    ipv4->sin_family = AF_INET;
    ipv4->sin_port = htons(port);
    return sizeof *ipv4;
  }
  ipv6->sin6_family = AF_INET6;
  ipv6->sin6_port = htons(port);
  return inet_pton(AF_INET6, address, &ipv6->sin6_addr) == 1 ? sizeof *ipv6 : 0;
}

/* tell fastopen|mptcp|connect ADDRESS PORT: says "secret", and "ok" if there is an answer. */
int probe_tell(char **arguments) {
  struct sockaddr_storage address;
  char answer[16];
  socklen_t size = parse_address(arguments[1], (unsigned short)probe_number(arguments[2]), &address);
  int fd = socket(address.ss_family, SOCK_STREAM | SOCK_CLOEXEC, strcmp(arguments[0], "mptcp") == 0 ? IPPROTO_MPTCP : 0);
  if (size == 0 || fd < 0) return probe_result(-1);
  if (strcmp(arguments[0], "fastopen") == 0) {
    if (sendto(fd, "secret", 6, MSG_FASTOPEN | MSG_NOSIGNAL, (struct sockaddr *)&address, size) < 0) return probe_result(-1);
  } else if (connect(fd, (struct sockaddr *)&address, size) != 0 || send(fd, "secret", 6, MSG_NOSIGNAL) < 0) {
    return probe_result(-1);
  }
  shutdown(fd, SHUT_WR);
  ssize_t got = read(fd, answer, sizeof answer);
  if (got == 0) errno = ECONNRESET;
  return probe_result(got > 0 ? 0 : -1);
}
