#include "init.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/seccomp.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "connections.h"
#include "exec_command.h"
#include "failure.h"
#include "frame.h"
#include "handover.h"
#include "init_settings.h"
#include "lent_files.h"
#include "limit_reports.h"
#include "limits.h"
#include "mounts.h"
#include "own_process.h"
#include "privileges.h"
#include "signals.h"
#include "supervisor.h"

/* Newer than some headers; include/uapi/linux/seccomp.h, since 5.19. */
#ifndef SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV
#define SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV (1UL << 5)
#endif

/* Frames from Node to a running init are a few words. */
#define CONTROL_FRAME_MAX_BYTES 256

/* How the command stands to the terminal; decided once, before it starts. */
enum terminal_mode {
  TERMINAL_NONE,       /* bubblewrap made a new session: no controlling terminal */
  TERMINAL_FOREGROUND, /* the command gets a process group of its own and the terminal with it */
  TERMINAL_SHARED,     /* a background job, or part of a pipeline: it stays in the caller's process group */
};

static struct {
  int channel;
  pid_t command;
  struct limits limits;
  enum terminal_mode terminal;
  int stop; /* the signal that stopped the command, or 0 */
  uint64_t ignored; /* by the command, as its caller wants it: signals.h */
} init;

/* Runs in the process that becomes the command; tcsetpgrp() from a background group would stop it without the mask. */
static void take_terminal(void) {
  sigset_t output_stop;
  int terminal = open("/dev/tty", O_RDWR | O_NOCTTY | O_CLOEXEC);
  if (terminal < 0) return;
  sigemptyset(&output_stop);
  sigaddset(&output_stop, SIGTTOU);
  sigprocmask(SIG_BLOCK, &output_stop, NULL);
  (void)tcsetpgrp(terminal, getpid());
  close(terminal);
}

/* A call that the supervisor has begun to handle is not interrupted by signals that do not kill; kernels before 5.19 lack that. */
static int load_filter(const struct sock_fprog *filter) {
  unsigned flags = SECCOMP_FILTER_FLAG_NEW_LISTENER;
  int listener = (int)syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, flags | SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV, filter);
  return listener < 0 && errno == EINVAL ? (int)syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, flags, filter) : listener;
}

/* For `srt doctor`: says whether another sandbox's supervisor is around. */
int supervision_main(int argc, char **argv) {
  (void)argc, (void)argv;
  struct sock_filter allow = {.code = BPF_RET | BPF_K, .k = SECCOMP_RET_ALLOW};
  const struct sock_fprog filter = {.len = 1, .filter = &allow};
  if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 && load_filter(&filter) < 0 && errno == EBUSY) puts("supervised");
  return 0;
}

static void install_filter(const struct init_settings *settings, int handover) {
  if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) fail("no-new-privileges", "cannot give up new privileges");
  if (!settings->has_filter) return;
  int listener = load_filter(&settings->filter);
  if (listener < 0 && errno == EBUSY) errno = 0, fail("filter-refused", "the calls here are supervised by another sandbox already, and the kernel allows one supervisor; run srt outside of it");
  if (listener < 0) fail("filter-refused", "the kernel refused the seccomp filter");
  if (!handover_give(handover, listener)) fail("no-supervision", "cannot hand over the seccomp listener");
  close(listener);
}

__attribute__((noreturn)) static void become_command(const struct init_settings *settings, int handover) {
  sigset_t none;
  if (init.terminal != TERMINAL_SHARED) setpgid(0, 0);
  if (init.terminal == TERMINAL_FOREGROUND) take_terminal();
  if (chdir(settings->directory) != 0) fail("no-directory", "cannot enter the working directory %s", settings->directory);
  /* Before the filter, which asks the supervisor about opens: nothing of ours may wait for it. */
  if (close_range(3, UINT_MAX, CLOSE_RANGE_CLOEXEC) != 0) fail("close-failed", "cannot close descriptors");
  limits_apply(&settings->limits);
  privileges_drop_tracing();
  install_filter(settings, handover);
  close(handover);
  failure_report_to(-1, false);
  /* In this order: what came for the command meanwhile is still to reach it, and an ignored signal would be gone. */
  for (int number = 1; number < NSIG; number++) signal(number, signals_has(init.ignored, number) ? SIG_IGN : SIG_DFL);
  sigemptyset(&none);
  sigprocmask(SIG_SETMASK, &none, NULL);
  exec_command(settings);
}

static void send_event(const char *type, uint64_t first, uint64_t second) {
  unsigned char one[8], two[8];
  struct field fields[] = {field_string(type), field_u64(first, one), field_u64(second, two)};
  (void)frame_write(init.channel, fields, 3);
}

static void end_with_command(int status) {
  int signal_number = WIFSIGNALED(status) ? WTERMSIG(status) : 0;
  int code = WIFSIGNALED(status) ? 128 + signal_number : WEXITSTATUS(status);
  /* A shell passes on how its last program ended. */
  const char *limit = limits_name_of_signal(&init.limits, code > 128 ? code - 128 : 0);
  if (limit != NULL) limit_report(limit);
  send_event("exit", (uint64_t)code, (uint64_t)signal_number);
  _exit(code);
}

static void reap(void) {
  int status;
  pid_t pid;
  while ((pid = waitpid(-1, &status, WNOHANG | WUNTRACED | WCONTINUED)) > 0) {
    if (pid != init.command) continue;
    if (!WIFSTOPPED(status) && !WIFCONTINUED(status)) end_with_command(status);
    init.stop = WIFSTOPPED(status) ? WSTOPSIG(status) : 0;
    if (init.stop != 0) send_event("stopped", (uint64_t)init.stop, 0);
  }
}

static void tell_if_stopped(void) {
  reap();
  if (init.stop != 0) send_event("stopped", (uint64_t)init.stop, 1);
}

static void signal_command(int number) {
  (void)kill(init.terminal == TERMINAL_SHARED ? init.command : -init.command, number);
}

/* Only where the caller's job is in the foreground again may its process group hand the terminal on. */
static void continue_command(bool in_foreground) {
  int terminal = in_foreground && init.terminal == TERMINAL_FOREGROUND ? open("/dev/tty", O_RDWR | O_NOCTTY | O_CLOEXEC) : -1;
  if (terminal >= 0) {
    (void)tcsetpgrp(terminal, init.command);
    close(terminal);
  }
  signal_command(SIGCONT);
}

__attribute__((noreturn)) static void end_without_session(void) {
  static const char message[] = "srt: the sandbox session has ended; the command was stopped\n";
  (void)!write(STDERR_FILENO, message, sizeof message - 1);
  _exit(EXIT_HELPER_FAILED);
}

/* As if SIGKILL had ended the command; everything else in the pid namespace goes with this process. */
__attribute__((noreturn)) static void end_killed(void) {
  send_event("exit", 128 + SIGKILL, SIGKILL);
  _exit(128 + SIGKILL);
}

static void obey_node(void) {
  static unsigned char buffer[CONTROL_FRAME_MAX_BYTES];
  struct frame frame;
  uint64_t first, second;
  if (frame_read(init.channel, buffer, sizeof buffer, &frame) != 1) end_without_session();
  if (frame_is(&frame, "continue", 2) && field_number(frame.fields[1], &first)) continue_command(first != 0);
  if (frame_is(&frame, "is-stopped", 1)) tell_if_stopped();
  if (frame_is(&frame, "kill", 1)) end_killed();
  if (frame_is(&frame, "signal", 2) && field_number(frame.fields[1], &first)) signal_command((int)first);
  if (frame_is(&frame, "judged", 3) && field_number(frame.fields[1], &first) && field_number(frame.fields[2], &second))
    supervisor_judged(first, second != 0);
  if (frame_is(&frame, "connect-ready", 2) && field_number(frame.fields[1], &first)) connections_ready(first);
}

__attribute__((noreturn)) static void supervise(int signals, int listener) {
  int timer = limits_start_timer(&init.limits);
  struct pollfd watched[] = {{signals, POLLIN, 0}, {init.channel, POLLIN, 0}, {listener, POLLIN, 0}, {timer, POLLIN, 0}};
  for (;;) {
    if (poll(watched, 4, -1) < 0 && errno != EINTR) fail("init-failed", "cannot wait for the sandbox");
    if (watched[2].revents & POLLIN) (void)supervisor_handle();
    else if (watched[2].revents != 0) watched[2].fd = -1; /* the last supervised process is gone */
    if (watched[1].revents != 0) obey_node();
    if (watched[3].revents & POLLIN) limit_report("wall"), end_killed();
    if (watched[0].revents & POLLIN) {
      struct signalfd_siginfo ignored;
      (void)!read(signals, &ignored, sizeof ignored);
      reap();
    }
  }
}

static enum terminal_mode terminal_mode(const char *caller) {
  if (strcmp(caller, "terminal") == 0) return TERMINAL_FOREGROUND; /* the container's own */
  if (getsid(0) == getpid()) return TERMINAL_NONE;
  bool talks_to_terminal = isatty(STDIN_FILENO) && isatty(STDOUT_FILENO);
  return strcmp(caller, "foreground") == 0 && talks_to_terminal ? TERMINAL_FOREGROUND : TERMINAL_SHARED;
}

/* All signals wait: those of the terminal are the command's, SIGCHLD is read from the descriptor. */
static int block_signals(void) {
  sigset_t all, child;
  sigfillset(&all);
  sigemptyset(&child);
  sigaddset(&child, SIGCHLD);
  sigprocmask(SIG_SETMASK, &all, NULL);
  int fd = signalfd(-1, &child, SFD_CLOEXEC | SFD_NONBLOCK);
  if (fd < 0) fail("init-failed", "cannot watch the command");
  return fd;
}

static int by_number(const void *one, const void *other) {
  return *(const int *)one - *(const int *)other;
}

/* Everything that was inherited and is not needed: the descriptor we were started by, and what nobody knows of. */
static void close_inherited(int settings_fd, int turns) {
  int kept[] = {init.channel, settings_fd, turns};
  unsigned next = STDERR_FILENO + 1;
  qsort(kept, 3, sizeof *kept, by_number);
  for (size_t i = 0; i < 3; i++) {
    if (kept[i] <= STDERR_FILENO) continue;
    if ((unsigned)kept[i] > next) (void)close_range(next, (unsigned)kept[i] - 1, 0);
    next = (unsigned)kept[i] + 1;
  }
  (void)close_range(next, UINT_MAX, 0);
}

/* Who started the sandbox is told in words: uid and gid are others in the namespace that bubblewrap made. */
static void confine(const struct init_settings *settings, char **identity) {
  if (settings->outer_processes) proc_is_outer();
  if (!settings->has_mounts) return privileges_keep_tracing_alone();
  const struct privileges_request request = {(uid_t)strtoul(identity[0], NULL, 10), (gid_t)strtoul(identity[1], NULL, 10), settings->nested_namespaces, settings->outer_processes};
  const struct privileges_files files = privileges_open_files();
  mounts_make(settings->frames, identity[3]);
  privileges_give_up(&request, files);
}

static const char *const stream_names[] = {"standard input", "standard output", "standard error"};

/* The supervisor, which holds the others, changes nothing for programs that may have mounts of their own. */
static void refuse_unheld(void) {
  const int file = lent_files_unheld();
  errno = 0;
  if (file >= 0) fail("file-not-held", "%s is a file that cannot be kept from being changed under allowNestedUserNamespaces; give it through a pipe", stream_names[file]);
}

/* It lies on the host's mounts, where ".." and names below it are not the sandbox's. */
static void refuse_directories(void) {
  for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++) {
    struct stat found;
    if (fstat(fd, &found) != 0 || !S_ISDIR(found.st_mode)) continue;
    errno = 0;
    fail("directory-given", "%s is a directory, through which files outside of the sandbox could be reached; redirect it", stream_names[fd]);
  }
}

int init_main(int argc, char **argv) {
  if (argc != 8 || getpid() != 1) fail("usage", "init: only bubblewrap starts this");
  init.channel = atoi(argv[0]);
  init.ignored = strtoull(argv[7], NULL, 10);
  failure_report_to(init.channel, false);
  if (prctl(PR_SET_DUMPABLE, 0) != 0) fail("init-failed", "cannot protect pid 1");
  close_inherited(atoi(argv[1]), atoi(argv[5]));
  refuse_directories();
  struct init_settings settings = init_settings_read(atoi(argv[1]));
  settings.supervision.turns = atoi(argv[5]);
  confine(&settings, argv + 3);
  lent_files_open_inside();
  if (settings.nested_namespaces) refuse_unheld();
  init.terminal = terminal_mode(argv[2]);
  init.limits = settings.limits;
  int signals = block_signals();
  int handover[2];
  if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, handover) != 0) fail("init-failed", "cannot prepare the command");
  init.command = fork();
  if (init.command < 0) fail("init-failed", "cannot start the command");
  if (init.command == 0) become_command(&settings, handover[1]);
  close(handover[1]);
  int listener = settings.has_filter ? handover_take(handover[0]) : -1;
  close(handover[0]);
  if (listener >= 0) limit_reports_start(init.channel, &init.limits);
  if (listener >= 0) supervisor_start(listener, init.channel, &settings.supervision);
  send_event("started", 0, 0);
  supervise(signals, listener);
}
