#include "caller.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

#include "own_process.h"
#include "privileges.h"

#ifndef PIDFD_THREAD
#define PIDFD_THREAD O_EXCL /* since Linux 6.9 */
#endif

#define PAGE_BYTES 4096u
#define REMEMBERED_UMASKS 1024u
#define REMEMBERED_THREADS 64u
#define MODE_BITS 0777

static struct {
  struct {
    pid_t thread, process;
    mode_t value;
  } umasks[REMEMBERED_UMASKS];
  struct {
    pid_t thread; /* 0: none */
    int descriptor;
  } threads[REMEMBERED_THREADS];
} callers;

static bool read_memory(pid_t thread, unsigned long long address, void *out, size_t size) {
  struct iovec local = {out, size};
  struct iovec remote = {(void *)(uintptr_t)address, size};
  return process_vm_readv(thread, &local, 1, &remote, 1, 0) == (ssize_t)size;
}

int caller_read_bytes(pid_t thread, unsigned long long address, void *out, size_t size) {
  errno = EFAULT; /* a short read sets nothing */
  if (read_memory(thread, address, out, size)) return 0;
  if (errno != EPERM) return EFAULT;
  privileges_use_tracing(true);
  errno = EFAULT;
  bool got = read_memory(thread, address, out, size);
  int error = errno;
  privileges_use_tracing(false);
  return got ? 0 : error == EFAULT ? EFAULT : EACCES;
}

int caller_read_text(pid_t thread, unsigned long long address, char *out, size_t capacity) {
  size_t have = 0;
  while (have < capacity) {
    /* Up to the end of the page only: the next one may not be mapped. */
    size_t chunk = PAGE_BYTES - (size_t)((address + have) % PAGE_BYTES);
    if (chunk > capacity - have) chunk = capacity - have;
    int error = caller_read_bytes(thread, address + have, out + have, chunk);
    if (error != 0) return error;
    if (memchr(out + have, 0, chunk) != NULL) return 0;
    have += chunk;
  }
  return ENAMETOOLONG;
}

int caller_read_string(pid_t thread, unsigned long long address, char out[PATH_MAX]) {
  return caller_read_text(thread, address, out, PATH_MAX);
}

/* A descriptor of a thread stays its own: once that has ended, it is of nobody, whoever gets the number. */
static int open_thread(pid_t thread) {
  const size_t at = (size_t)thread % REMEMBERED_THREADS;
  if (callers.threads[at].thread != 0) close(callers.threads[at].descriptor);
  callers.threads[at].descriptor = (int)syscall(SYS_pidfd_open, thread, PIDFD_THREAD);
  callers.threads[at].thread = callers.threads[at].descriptor < 0 ? 0 : thread;
  return callers.threads[at].descriptor;
}

static int duplicate_by_process(pid_t thread, int fd) {
  int process = (int)syscall(SYS_pidfd_open, caller_process(thread), 0);
  if (process < 0) return -1;
  int descriptor = (int)syscall(SYS_pidfd_getfd, process, fd, 0);
  int error = errno;
  close(process);
  errno = error;
  return descriptor;
}

static int duplicate(pid_t thread, int fd) {
  const size_t at = (size_t)thread % REMEMBERED_THREADS;
  if (callers.threads[at].thread == thread) {
    int descriptor = (int)syscall(SYS_pidfd_getfd, callers.threads[at].descriptor, fd, 0);
    if (descriptor >= 0 || errno != ESRCH) return descriptor;
  }
  int known = open_thread(thread);
  if (known < 0) return errno == EINVAL ? duplicate_by_process(thread, fd) : -1; /* before 6.9 */
  return (int)syscall(SYS_pidfd_getfd, known, fd, 0);
}

int caller_descriptor(pid_t thread, int fd) {
  int descriptor = duplicate(thread, fd);
  if (descriptor >= 0 || errno != EPERM) return descriptor;
  privileges_use_tracing(true);
  descriptor = duplicate(thread, fd);
  int error = errno;
  privileges_use_tracing(false);
  errno = error;
  return descriptor;
}

int caller_open(const char *path, int flags) {
  int fd = open(path, flags | O_CLOEXEC);
  if (fd >= 0 || errno != EACCES) return fd;
  privileges_use_tracing(true);
  fd = open(path, flags | O_CLOEXEC);
  int error = errno;
  privileges_use_tracing(false);
  errno = error;
  return fd;
}

/* Reads two lines of /proc/THREAD/status. Numbers in it are those of that /proc. */
static void read_status(pid_t thread, pid_t *process, mode_t *umask) {
  char path[64], line[128];
  const pid_t number = proc_number(thread);
  long group = number;
  unsigned mask = 0077;
  snprintf(path, sizeof path, "/proc/%d/status", (int)number);
  FILE *status = fopen(path, "re");
  while (status != NULL && fgets(line, sizeof line, status) != NULL) {
    (void)sscanf(line, "Umask: %o", &mask);
    if (sscanf(line, "Tgid: %ld", &group) == 1) break; /* after Umask */
  }
  if (status != NULL) fclose(status);
  *process = (pid_t)group;
  *umask = (mode_t)mask & MODE_BITS;
}

pid_t caller_process(pid_t thread) {
  pid_t process;
  mode_t umask;
  read_status(thread, &process, &umask);
  return process;
}

/* The last number of a process is that of its own namespace; /proc tells those from its own on. */
static pid_t inner_number(pid_t number) {
  char path[64], line[256];
  long inner = 0;
  snprintf(path, sizeof path, "/proc/%d/status", (int)number);
  FILE *status = fopen(path, "re");
  while (status != NULL && fgets(line, sizeof line, status) != NULL)
    if (strncmp(line, "NSpid:", 6) == 0) inner = strtol(strrchr(line, '\t'), NULL, 10);
  if (status != NULL) fclose(status);
  return inner > 0 ? (pid_t)inner : number;
}

pid_t caller_pid(pid_t thread) {
  int leader = (int)syscall(SYS_pidfd_open, thread, 0);
  if (leader >= 0) return close(leader), thread;
  const pid_t process = caller_process(thread);
  return proc_is_of_others() ? inner_number(process) : process;
}

/* Remembered, as reading it costs more than making a file; a number that was used again meanwhile matters to no one else. */
static mode_t umask_of(pid_t thread) {
  size_t at = (size_t)thread % REMEMBERED_UMASKS;
  if (callers.umasks[at].thread != thread) {
    read_status(thread, &callers.umasks[at].process, &callers.umasks[at].value);
    callers.umasks[at].thread = thread;
  }
  return callers.umasks[at].value;
}

void caller_umask_take(pid_t thread) {
  static mode_t taken = MODE_BITS + 1; /* no mask */
  const mode_t wanted = umask_of(thread);
  if (wanted != taken) umask(wanted);
  taken = wanted;
}

void caller_umask_changes(pid_t thread, mode_t value) {
  pid_t process = caller_process(thread);
  for (size_t i = 0; i < REMEMBERED_UMASKS; i++)
    if (callers.umasks[i].process == process) callers.umasks[i].value = value & MODE_BITS;
  callers.umasks[(size_t)thread % REMEMBERED_UMASKS].thread = 0;
}
