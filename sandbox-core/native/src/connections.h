/*
 * The supervisor's part in connect(2).
 *
 * A connect is never continued in the kernel: another thread could exchange the socket or the address after they were
 * looked at. The address is copied once, the caller's socket is duplicated (pidfd_getfd), and the connect is made here.
 *
 * Internet sockets: each is first offered to Node, which may open the port and so learns which program connects. Unix sockets: abstract ones
 * cannot leave the network namespace; a path is connected to if the policy lists it or its listener is inside.
 *
 * to Node:   "connect", request id, pid, program, 1 for a stream (TCP), address bytes, port
 *            "unix-connect", pid, program, path, needs: refused; needs: of what is masked (path_reports.h), else 0
 * from Node: "connect-ready", request id
 */
#ifndef SRT_CONNECTIONS_H
#define SRT_CONNECTIONS_H

#include <linux/seccomp.h>
#include <stdbool.h>

#include "frame.h"

struct connection_settings {
  struct field unix_sockets; /* paths that may be connected to, and all below them; NUL-terminated each */
  bool any_unix_socket;      /* the policy lets every Unix socket be reached */
};

void connections_start(int listener, int channel, const struct connection_settings *settings);
/* Answers the notification, now or when the connection is made. */
void connections_handle(const struct seccomp_notif *call);
void connections_ready(uint64_t request);

#endif
