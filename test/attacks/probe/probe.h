#ifndef PROBE_H
#define PROBE_H

/* Prints "ok" or the name of errno; the exit status. */
int probe_result(long value);
/* 0 for NULL. */
unsigned long probe_number(const char *text);

int probe_ptrace_child(char **arguments);
int probe_write_child_memory(char **arguments);
int probe_take_child_descriptor(char **arguments);
int probe_compare_child(char **arguments);
int probe_clone3(char **arguments);
int probe_io_uring(char **arguments);
int probe_type_into_terminal(char **arguments);
int probe_open(char **arguments);
int probe_run_from_memory(char **arguments);
int probe_kill(char **arguments);
int probe_fork_bomb(char **arguments);
int probe_allocate(char **arguments);
int probe_open_many(char **arguments);
int probe_flood(char **arguments);

int probe_openat2(char **arguments);
int probe_open_by_handle(char **arguments);
int probe_race_path(char **arguments);
int probe_race_directory(char **arguments);
int probe_race_judged(char **arguments);
int probe_race_meanwhile(char **arguments);
int probe_undumpable(char **arguments);
int probe_undo_mounts(char **arguments);

int probe_socket(char **arguments);
int probe_unix_receive(char **arguments);
int probe_unix_connect(char **arguments);
int probe_unix_connect_long(char **arguments);
int probe_unix_serve(char **arguments);
int probe_unix_sendto(char **arguments);
int probe_unix_pair_sendto(char **arguments);
int probe_unix_race(char **arguments);
int probe_unix_late_connect(char **arguments);
int probe_unix_non_blocking(char **arguments);

int probe_tell(char **arguments);

#endif
