/* Paths and numbers of /proc, and which of them are pid 1's own: what the kernel lets it do there, no caller may. */
#ifndef SRT_OWN_PROCESS_H
#define SRT_OWN_PROCESS_H

#include <stdbool.h>
#include <sys/types.h>

bool is_below_proc(const char *path);
/* 12 of "/proc/12" and "/proc/12/fd"; 0 of any other path. */
pid_t proc_path_number(const char *path);
bool own_process_has_thread(pid_t thread);

/* From now on: /proc is that of the processes around the sandbox, whose numbers are others (enableWeakerNestedSandbox). */
void proc_is_outer(void);
bool proc_is_of_others(void);
/* The number below /proc of a thread of the sandbox; 0, under which there is nothing, if it has gone. */
pid_t proc_number(pid_t thread);
/* Whether this kernel has what is needed to tell (PIDFD_THREAD, since 6.9). */
bool proc_numbers_are_known(void);

#endif
