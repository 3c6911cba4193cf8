/*
 * Channels through which programs take what was opened for them: preload/delivery.h says why.
 *
 * A program asks for one with a mark, and gets an end of a pair of sockets. An opening that has another mark names the channel and
 * a number of the program's own in its fifth argument; what was opened goes through the channel with both, and the call returns
 * DELIVERED. Marks are no secret: whoever uses one gets what it would have got anyway, or fails to take it.
 */
#ifndef SRT_DELIVERIES_H
#define SRT_DELIVERIES_H

#include <linux/seccomp.h>
#include <stdbool.h>

/* Whether the call asks for a channel. */
bool asks_for_channel(const struct seccomp_notif *notification);
/* Answers it. */
void channel_lend(int listener, const struct seccomp_notif *notification);
/* Sends what was opened, if the call names a channel that takes it. `fd` stays the caller's. */
bool channel_deliver(const struct seccomp_notif *notification, int fd);

#endif
