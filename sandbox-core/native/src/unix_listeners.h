/*
 * Which Unix sockets were made inside.
 *
 * A Unix socket belongs to the network namespace it was made in, and a listener to the inode it is bound to for as long as
 * both live. So the kernel's own list of this namespace's sockets (sock_diag(7)) tells, without a knock on anybody's door,
 * whether a socket file leads to a program of this session or out of the sandbox.
 */
#ifndef SRT_UNIX_LISTENERS_H
#define SRT_UNIX_LISTENERS_H

#include <stdbool.h>

/* `socket_file`: O_PATH. False also if the kernel cannot tell. */
bool unix_listener_is_inside(int socket_file);

#endif
