/* Attempts on other processes and on the kernel. */
#include "probe.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/io_uring.h>
#include <linux/kcmp.h>
#include <linux/sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

static volatile int shared_value = 1;

static pid_t start_child(void) {
  pid_t child = fork();
  if (child == 0) {
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    for (;;) pause();
  }
  return child;
}

static int end_child(pid_t child, long result) {
  int error = errno;
  kill(child, SIGKILL);
  waitpid(child, NULL, 0);
  errno = error;
  return probe_result(result);
}

int probe_ptrace_child(char **arguments) {
  (void)arguments;
  pid_t child = start_child();
  return end_child(child, ptrace(PTRACE_SEIZE, child, NULL, NULL));
}

int probe_write_child_memory(char **arguments) {
  (void)arguments;
  pid_t child = start_child();
  int two = 2;
  struct iovec local = {&two, sizeof two}, remote = {(void *)&shared_value, sizeof two};
  return end_child(child, process_vm_writev(child, &local, 1, &remote, 1, 0));
}

int probe_take_child_descriptor(char **arguments) {
  (void)arguments;
  pid_t child = start_child();
  int pidfd = (int)syscall(SYS_pidfd_open, child, 0);
  return end_child(child, pidfd < 0 ? -1 : syscall(SYS_pidfd_getfd, pidfd, STDOUT_FILENO, 0));
}

int probe_compare_child(char **arguments) {
  (void)arguments;
  pid_t child = start_child();
  return end_child(child, syscall(SYS_kcmp, getpid(), child, KCMP_FILES, 0, 0));
}

/* clone3 FLAGS: the flags are in memory, where no filter can see them. */
int probe_clone3(char **arguments) {
  struct clone_args request;
  memset(&request, 0, sizeof request);
  request.flags = probe_number(arguments[0]);
  request.exit_signal = SIGCHLD;
  long child = syscall(SYS_clone3, &request, sizeof request);
  if (child == 0) _exit(0);
  if (child > 0) waitpid((pid_t)child, NULL, 0);
  return probe_result(child);
}

int probe_io_uring(char **arguments) {
  (void)arguments;
  struct io_uring_params parameters;
  memset(&parameters, 0, sizeof parameters);
  return probe_result(syscall(SYS_io_uring_setup, 4, &parameters));
}

/* type-into-terminal REQUEST: with any bits the caller likes above the 32 that the kernel reads. */
int probe_type_into_terminal(char **arguments) {
  char key = 'x';
  return probe_result(syscall(SYS_ioctl, STDIN_FILENO, probe_number(arguments[0]), &key));
}

/* open PATH FLAGS */
int probe_open(char **arguments) {
  return probe_result(open(arguments[0], (int)probe_number(arguments[1]) | O_CLOEXEC, 0600));
}

/* run-from-memory PROGRAM ARGUMENT...: a copy that has no name in any file system. */
int probe_run_from_memory(char **arguments) {
  static char buffer[1 << 16];
  int from = open(arguments[0], O_RDONLY | O_CLOEXEC);
  int memory = memfd_create("copy", MFD_CLOEXEC);
  ssize_t got;
  if (from < 0 || memory < 0) return probe_result(-1);
  while ((got = read(from, buffer, sizeof buffer)) > 0)
    if (write(memory, buffer, (size_t)got) != got) return probe_result(-1);
  char *const environment[] = {NULL};
  return probe_result(fexecve(memory, arguments, environment));
}

/* kill PID SIGNAL */
int probe_kill(char **arguments) {
  return probe_result(kill(atoi(arguments[0]), atoi(arguments[1])));
}

/* fork-bomb COUNT: prints the error that stopped it. */
int probe_fork_bomb(char **arguments) {
  unsigned long count = probe_number(arguments[0]);
  for (unsigned long i = 0; i < count; i++)
    if (start_child() < 0) return probe_result(-1);
  return probe_result(0);
}

/* allocate MEBIBYTES, and use them */
int probe_allocate(char **arguments) {
  size_t size = probe_number(arguments[0]) << 20;
  char *memory = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (memory == MAP_FAILED) return probe_result(-1);
  for (size_t at = 0; at < size; at += 4096) memory[at] = 1;
  return probe_result(0);
}

/* open-many COUNT */
int probe_open_many(char **arguments) {
  unsigned long count = probe_number(arguments[0]);
  for (unsigned long i = 0; i < count; i++)
    if (open("/dev/null", O_RDONLY) < 0) return probe_result(-1);
  return probe_result(0);
}

/* flood COUNT PATH: notified calls, from several processes at once; prints the error of the last. */
int probe_flood(char **arguments) {
  unsigned long count = probe_number(arguments[0]);
  pid_t children[4];
  for (size_t i = 0; i < 4; i++)
    if ((children[i] = fork()) == 0) {
      for (unsigned long n = 0; n < count; n++)
        if (open(arguments[1], O_WRONLY | O_CREAT, 0600) >= 0) _exit(1);
      _exit(0);
    }
  int failures = 0, status;
  for (size_t i = 0; i < 4; i++)
    if (waitpid(children[i], &status, 0) != children[i] || status != 0) failures++;
  errno = EROFS;
  return probe_result(failures == 0 ? -1 : 0);
}
