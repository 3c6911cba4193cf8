/* Paths of /proc, and which of them are pid 1's own: what the kernel lets it do there, no caller may. */
#ifndef SRT_OWN_PROCESS_H
#define SRT_OWN_PROCESS_H

#include <stdbool.h>
#include <sys/types.h>

bool is_below_proc(const char *path);
/* 12 of "/proc/12" and "/proc/12/fd"; 0 of any other path. */
pid_t proc_path_number(const char *path);
bool own_process_has_thread(pid_t thread);

#endif
