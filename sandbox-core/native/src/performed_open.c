#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "../preload/marks.h"
#include "caller.h"
#include "deliveries.h"
#include "lent_files.h"
#include "notifications.h"
#include "own_process.h"
#include "performed_calls.h"

/* include/uapi/linux/seccomp.h, since 5.14. */
#ifndef SECCOMP_ADDFD_FLAG_SEND
#define SECCOMP_ADDFD_FLAG_SEND (1UL << 1)
#endif

/* Opens of named pipes that wait for the other end. A sandbox that has more waiting gets EAGAIN. */
#define MAX_WAITING 64u
#define THREAD_STACK_BYTES (64u << 10)
/* Ends the wait of a thread whose caller is gone. */
#define WAKE_SIGNAL SIGURG

#define TTY_MAJOR 5u
#define PTY_FIRST_MAJOR 136u
#define PTY_LAST_MAJOR 143u
#define EXECUTABLE_BITS 0111

struct waiting_open {
  pthread_mutex_t lock;
  bool used;
  pthread_t thread;
  __u64 notification;
  int file;
  int flags;
};

static struct {
  int listener;
  struct waiting_open waiting[MAX_WAITING];
} opens;

static void refuse(__u64 notification, int error) {
  notification_answer(opens.listener, notification, error == 0 ? EACCES : error, 0);
}

static mode_t mode_of(const struct observed_call *observed) {
  const int argument = observed->call->flags_argument == IS_CREAT ? 1 : observed->call->flags_argument + 1;
  return (mode_t)observed_argument(observed, argument) & 01777;
}

/* A program that is still open for writing here could not be executed: the caller must not go on before it is closed. */
static bool may_be_executed(int fd, int flags) {
  struct stat found;
  return flags_write(flags) && fstat(fd, &found) == 0 && S_ISREG(found.st_mode) && (found.st_mode & EXECUTABLE_BITS) != 0;
}

/* Takes `fd` over. `first_close`: before the caller goes on. */
static void hand_over_closed(__u64 notification, int fd, int flags, bool first_close) {
  const struct seccomp_notif_addfd added = {.id = notification, .flags = first_close ? 0 : SECCOMP_ADDFD_FLAG_SEND, .srcfd = (__u32)fd, .newfd_flags = (__u32)(flags & O_CLOEXEC)};
  int number = ioctl(opens.listener, SECCOMP_IOCTL_NOTIF_ADDFD, &added);
  int error = errno;
  close(fd);
  if (number < 0) refuse(notification, error);
  else if (first_close) notification_answer_value(opens.listener, notification, number);
}

static void hand_over(__u64 notification, int fd, int flags) {
  if (fd < 0) refuse(notification, errno);
  else hand_over_closed(notification, fd, flags, may_be_executed(fd, flags));
}

/* Takes `fd` over, of an open that did not wait. Into the program by its channel, if it has one: that is closed here before it goes on. */
static void finish(const struct observed_call *observed, int fd, bool may_be_executed_at_once) {
  if (!channel_deliver(observed->notification, fd)) return hand_over_closed(observed->notification->id, fd, observed_flags(observed), may_be_executed_at_once);
  close(fd);
  notification_answer_value(opens.listener, observed->notification->id, DELIVERED);
}

static void finish_open(const struct observed_call *observed, int fd) {
  if (fd < 0) refuse(observed->notification->id, errno);
  else finish(observed, fd, may_be_executed(fd, observed_flags(observed)));
}

static int reopen(int file, int flags, mode_t mode) {
  char path[64];
  snprintf(path, sizeof path, "/proc/self/fd/%d", file);
  return open(path, (flags & ~(O_CREAT | O_EXCL | O_NOFOLLOW)) | O_CLOEXEC | O_NOCTTY, mode);
}

static void *open_in_thread(void *argument) {
  struct waiting_open *job = argument;
  sigset_t wake;
  sigemptyset(&wake);
  sigaddset(&wake, WAKE_SIGNAL);
  pthread_sigmask(SIG_UNBLOCK, &wake, NULL);
  hand_over(job->notification, reopen(job->file, job->flags, 0), job->flags);
  close(job->file);
  pthread_mutex_lock(&job->lock);
  job->used = false;
  pthread_mutex_unlock(&job->lock);
  return NULL;
}

/* Of those whose caller was interrupted or has ended. */
static void end_waits_for_nobody(void) {
  for (size_t i = 0; i < MAX_WAITING; i++) {
    struct waiting_open *job = &opens.waiting[i];
    pthread_mutex_lock(&job->lock);
    if (job->used && !notification_is_waiting(opens.listener, job->notification)) (void)pthread_kill(job->thread, WAKE_SIGNAL);
    pthread_mutex_unlock(&job->lock);
  }
}

static struct waiting_open *free_place(void) {
  for (size_t i = 0; i < MAX_WAITING; i++) {
    pthread_mutex_lock(&opens.waiting[i].lock);
    bool is_free = !opens.waiting[i].used;
    pthread_mutex_unlock(&opens.waiting[i].lock);
    if (is_free) return &opens.waiting[i];
  }
  return NULL;
}

static bool start_thread(struct waiting_open *job) {
  pthread_attr_t attributes;
  if (pthread_attr_init(&attributes) != 0) return false;
  (void)pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
  (void)pthread_attr_setstacksize(&attributes, THREAD_STACK_BYTES);
  pthread_mutex_lock(&job->lock);
  job->used = pthread_create(&job->thread, &attributes, open_in_thread, job) == 0;
  bool started = job->used;
  pthread_mutex_unlock(&job->lock);
  pthread_attr_destroy(&attributes);
  return started;
}

/* A named pipe waits for its other end: that must hold up its caller, not everybody's supervisor. */
static void open_pipe(__u64 notification, int target, int flags) {
  if ((flags & O_NONBLOCK) != 0 || (flags & O_ACCMODE) == O_RDWR) return hand_over(notification, reopen(target, flags, 0), flags);
  end_waits_for_nobody();
  struct waiting_open *job = free_place();
  int file = job == NULL ? -1 : fcntl(target, F_DUPFD_CLOEXEC, 0);
  if (file < 0) return refuse(notification, EAGAIN);
  job->notification = notification;
  job->file = file;
  job->flags = flags;
  if (start_thread(job)) return;
  close(file);
  refuse(notification, EAGAIN);
}

static bool terminal_of(const char *process, unsigned *device) {
  char path[64], line[512];
  snprintf(path, sizeof path, "/proc/%s/stat", process);
  FILE *file = fopen(path, "re");
  if (file == NULL) return false;
  size_t size = fread(line, 1, sizeof line - 1, file);
  fclose(file);
  line[size] = 0;
  const char *after_name = strrchr(line, ')');
  int number = 0;
  if (after_name == NULL || sscanf(after_name + 1, " %*c %*d %*d %*d %d", &number) != 1) return false;
  *device = (unsigned)number;
  return true;
}

/* /dev/tty is whose terminal it is that opens it. */
static int open_terminal(pid_t thread, int flags) {
  char text[16];
  unsigned own = 0, theirs = 0;
  snprintf(text, sizeof text, "%d", (int)proc_number(thread));
  if (!terminal_of(text, &theirs) || theirs == 0) return errno = ENXIO, -1;
  if (terminal_of("self", &own) && own == theirs) return open("/dev/tty", flags | O_CLOEXEC | O_NOCTTY);
  dev_t device = makedev((theirs >> 8) & 0xfff, (theirs & 0xff) | ((theirs >> 12) & 0xfff00));
  if (major(device) < PTY_FIRST_MAJOR || major(device) > PTY_LAST_MAJOR) return errno = ENXIO, -1;
  char path[64];
  struct stat found;
  snprintf(path, sizeof path, "/dev/pts/%u", (major(device) - PTY_FIRST_MAJOR) * 256 + minor(device));
  int fd = open(path, flags | O_CLOEXEC | O_NOCTTY);
  if (fd >= 0 && (fstat(fd, &found) != 0 || found.st_rdev != device)) return close(fd), errno = ENXIO, -1;
  return fd;
}

/* Of pid 1 itself nothing but what tells of every process; no other process's memory. */
static bool is_closed_file_of_process(const struct observed_call *observed, int flags) {
  static const char *const open_to_all[] = {"", "/stat", "/status", "/statm", "/cmdline", "/comm", "/cgroup", "/sched", "/mounts", "/mountinfo", "/limits", "/oom_score"};
  const char *path = observed->path.path;
  pid_t owner = proc_path_number(path);
  if (owner == 0) return false;
  const char *rest = path + strlen("/proc/") + strspn(path + strlen("/proc/"), "0123456789");
  const char *last = strrchr(path, '/');
  pid_t caller = (pid_t)observed->notification->pid;
  if (!own_process_has_thread(owner)) return strcmp(last, "/mem") == 0 && owner != proc_number(caller) && owner != caller_process(caller);
  for (size_t i = 0; i < sizeof open_to_all / sizeof *open_to_all; i++)
    if (strcmp(rest, open_to_all[i]) == 0) return flags_write(flags);
  return true;
}

/* 0, or what open(2) says before it looks into the file. */
static int early_error(const struct observed_call *observed, const struct stat *found, int flags) {
  const bool ends_in_slash = observed->path.parent >= 0 && strchr(observed->path.name, '/') != NULL;
  if ((flags & (O_CREAT | O_EXCL)) == (O_CREAT | O_EXCL)) return EEXIST;
  if (S_ISLNK(found->st_mode)) return ELOOP;
  if ((flags & O_CREAT) != 0 && (S_ISDIR(found->st_mode) || ends_in_slash)) return EISDIR;
  if (ends_in_slash && !S_ISDIR(found->st_mode)) return ENOTDIR;
  if (is_closed_file_of_process(observed, flags)) return EACCES;
  return observed->path.of_read_only_descriptor && flags_write(flags) && is_lent_file(observed->path.target) ? EROFS : 0;
}

static void open_existing(const struct observed_call *observed, int flags, mode_t mode) {
  const __u64 notification = observed->notification->id;
  struct stat found;
  int error = fstat(observed->path.target, &found) == 0 ? early_error(observed, &found, flags) : errno;
  if (error != 0) return refuse(notification, error);
  if (S_ISFIFO(found.st_mode)) return open_pipe(notification, observed->path.target, flags);
  if (S_ISCHR(found.st_mode) && found.st_rdev == makedev(TTY_MAJOR, 0)) return finish_open(observed, open_terminal((pid_t)observed->notification->pid, flags & ~O_CREAT));
  finish_open(observed, reopen(observed->path.target, flags, mode));
}

void perform_open(const struct observed_call *observed) {
  const int flags = observed_flags(observed);
  const mode_t mode = mode_of(observed);
  const struct caller_path *path = &observed->path;
  const bool makes_file = path->state == PATH_MISSING ? (flags & O_CREAT) != 0 : (flags & O_TMPFILE) == O_TMPFILE;
  if (makes_file) caller_umask_take((pid_t)observed->notification->pid);
  if (path->state == PATH_EXISTS) return open_existing(observed, flags, mode);
  if (path->state != PATH_MISSING || path->parent < 0 || (flags & O_CREAT) == 0) return refuse(observed->notification->id, path->error);
  if (strchr(path->name, '/') != NULL) return refuse(observed->notification->id, EISDIR);
  finish_open(observed, openat(path->parent, path->name, flags | O_NOFOLLOW | O_CLOEXEC | O_NOCTTY, mode));
}

bool perform_new_file(const struct observed_call *observed) {
  const int flags = observed_flags(observed);
  const struct caller_path *path = &observed->path;
  if (strchr(path->name, '/') != NULL) return false;
  caller_umask_take((pid_t)observed->notification->pid);
  const mode_t mode = mode_of(observed);
  int fd = openat(path->parent, path->name, flags | O_EXCL | O_NOFOLLOW | O_CLOEXEC | O_NOCTTY, mode);
  if (fd < 0) return false;
  finish(observed, fd, (mode & EXECUTABLE_BITS) != 0);
  return true;
}

static void ignore_wake(int number) {
  (void)number;
}

void performed_open_start(int listener) {
  const struct sigaction wake = {.sa_handler = ignore_wake};
  opens.listener = listener;
  for (size_t i = 0; i < MAX_WAITING; i++) pthread_mutex_init(&opens.waiting[i].lock, NULL);
  sigaction(WAKE_SIGNAL, &wake, NULL);
}
