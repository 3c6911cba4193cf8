/*
 * What the supervisor reads of the programs it supervises.
 *
 * They run as the same user, so most of it can be read as any program could. One that made itself unreadable
 * (PR_SET_DUMPABLE: ssh-agent, gpg-agent) can be read with CAP_SYS_PTRACE alone, which pid 1 has in the sandbox's own user
 * namespace (privileges.h). It is in force only for the moment of such a read: all else happens with the caller's own rights.
 */
#ifndef SRT_CALLER_H
#define SRT_CALLER_H

#include <limits.h>
#include <stdbool.h>
#include <sys/types.h>

/* The process of a thread, by its number below /proc. */
pid_t caller_process(pid_t thread);
/* The same, by the number that programs in the sandbox know it by: for reports. */
pid_t caller_pid(pid_t thread);
/* 0, or EFAULT, ENAMETOOLONG, or EACCES where it cannot be read. */
int caller_read_text(pid_t thread, unsigned long long address, char *out, size_t capacity);
int caller_read_string(pid_t thread, unsigned long long address, char out[PATH_MAX]);
int caller_read_bytes(pid_t thread, unsigned long long address, void *out, size_t size);
/* A duplicate of the calling thread's descriptor; of its process's on kernels that know pidfds of processes only. */
int caller_descriptor(pid_t thread, int fd);
/* As open(2) of a file below /proc/THREAD. */
int caller_open(const char *path, int flags);
/* What is made here from now on gets the mode that it would get from the thread. */
void caller_umask_take(pid_t thread);
/* The thread is about to change it. */
void caller_umask_changes(pid_t thread, mode_t value);

#endif
