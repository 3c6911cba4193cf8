/*
 * The supervisor's part in sendto(2) with an address: datagrams of sockets that are not connected. No UDP leaves the sandbox, and
 * the kernel tells only connected sockets. Without this, such a datagram would vanish. It is a service, and nothing is held by it:
 * what the supervisor lets go on, and sendmsg(2), whose address no filter sees, gets no further.
 *
 * to Node: "send", pid, program, address bytes, port: refused
 */
#ifndef SRT_DATAGRAMS_H
#define SRT_DATAGRAMS_H

#include <linux/seccomp.h>

void datagrams_start(int listener, int channel);
/* Answers the notification. */
void datagram_handle(const struct seccomp_notif *call);

#endif
