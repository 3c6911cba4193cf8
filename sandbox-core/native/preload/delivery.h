/*
 * Opens that only the supervisor may make (names are held), made cheaply.
 *
 * To put a descriptor into a program, the kernel wakes it once to take that and once more to go on, and each time as likely as not
 * on another processor: 20 µs, several times what all the rest costs. So a program that opens much is lent a socket, through
 * which the supervisor sends what it has opened before it answers; the program wakes once, where the supervisor was, and takes it.
 *
 * That costs the program a descriptor. It may close it, lose it to dup2, or leave it to a child that it forks: the socket is
 * looked at each time before it is counted on, and without one everything is as before.
 */
#ifndef SRT_DELIVERY_H
#define SRT_DELIVERY_H

/* openat(2), its result or a negative error. */
long open_held(int directory, const char *path, int flags, unsigned mode);

#endif
