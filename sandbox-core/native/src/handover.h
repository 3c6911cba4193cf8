/* One descriptor that passes from a process to its relative, over a socket between them. */
#ifndef SRT_HANDOVER_H
#define SRT_HANDOVER_H

#include <stdbool.h>

bool handover_give(int socket, int fd);

/* The descriptor, closed on exec, or -1 if none came. */
int handover_take(int socket);

#endif
