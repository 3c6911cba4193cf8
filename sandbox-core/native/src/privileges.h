/*
 * What pid 1 may do, and no longer may before it starts the command.
 *
 * bubblewrap gives it capabilities in the user namespace that owns the sandbox's mounts, as uid 0 of it, only to make
 * those mounts. A user namespace inside of that one is where everything runs then: nothing in it can take a mount away or
 * change it. There pid 1 keeps CAP_SYS_PTRACE, not in force but for the moment in which it reads a program that it supervises
 * (caller.h); the command has no capability at all.
 */
#ifndef SRT_PRIVILEGES_H
#define SRT_PRIVILEGES_H

#include <stdbool.h>
#include <sys/types.h>

struct privileges_request {
  uid_t uid; /* what the command's processes see as their own */
  gid_t gid;
  bool nested;       /* they may make user namespaces */
  bool filter_alone; /* if the count of those cannot be limited here, the system call filter keeps them from it */
};

/* Whatever has to be written for it is opened while /proc can still be written. */
struct privileges_files {
  int process, namespaces;
};

struct privileges_files privileges_open_files(void);
/* For good. */
void privileges_give_up(const struct privileges_request *request, struct privileges_files files);

/* Of this thread: the capability to change its mounts and namespaces, for good. */
void privileges_give_up_administration(void);

/* The same where bubblewrap has made the mounts, and pid 1 is in the user namespace that owns them. */
void privileges_keep_tracing_alone(void);

/* In the process that becomes the command, for good: not that one either. */
void privileges_drop_tracing(void);

/* Puts what was kept in force, or not any more, in this thread. */
void privileges_use_tracing(bool used);

#endif
