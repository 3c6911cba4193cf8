#include "run.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "failure.h"
#include "frame.h"
#include "launch_channel.h"
#include "layers.h"
#include "signals.h"
#include "terminal.h"

extern char **environ;

struct launch {
  char bwrap[PATH_MAX];
  uint64_t pod_pid;
  uint64_t user_namespace;
  uint64_t network_namespace;
  struct field bwrap_arguments;
  struct field init_settings;
  struct field layers;
  struct field kept;
  char cgroup[PATH_MAX]; /* the file through which it is joined, or empty */
  char turns[PATH_MAX];
};

static bool copy_path(struct field field, char out[PATH_MAX]) {
  if (field.size == 0 || field.size >= PATH_MAX || field.data[0] != '/') return false;
  memcpy(out, field.data, field.size);
  out[field.size] = 0;
  return true;
}

/* A refusal comes as ["refused", exit status, text for people]. */
static void end_if_refused(const struct frame *frame) {
  uint64_t status;
  if (!frame_is(frame, "refused", 3) || !field_number(frame->fields[1], &status)) return;
  (void)!write(STDERR_FILENO, frame->fields[2].data, frame->fields[2].size);
  _exit((int)(status & 0xff));
}

static struct launch receive_launch(int channel) {
  unsigned char *buffer = malloc(FRAME_MAX_BYTES);
  struct frame frame;
  struct launch launch = {0};
  if (buffer == NULL) fail("no-memory", "cannot receive the launch");
  int status = frame_read(channel, buffer, FRAME_MAX_BYTES, &frame);
  if (status == 0) errno = 0;
  if (status != 1) fail("launch-missing", "the session ended before it sent a launch");
  end_if_refused(&frame);
  errno = 0;
  if (!frame_is(&frame, "launch", 11) || !copy_path(frame.fields[1], launch.bwrap) ||
      !field_number(frame.fields[2], &launch.pod_pid) || !field_number(frame.fields[3], &launch.user_namespace) ||
      !field_number(frame.fields[4], &launch.network_namespace) || (frame.fields[9].size > 0 && !copy_path(frame.fields[9], launch.cgroup)) || !copy_path(frame.fields[10], launch.turns))
    fail("launch-malformed", "the session sent something else than a launch");
  launch.bwrap_arguments = frame.fields[5];
  launch.init_settings = frame.fields[6];
  launch.layers = frame.fields[7];
  launch.kept = frame.fields[8];
  return launch;
}

/* The pod's pid may have been reused, so what is opened must be the namespace the pod reported, or nothing. */
static int open_namespace(uint64_t pid, const char *kind, uint64_t expected_inode) {
  char path[64];
  struct stat found;
  snprintf(path, sizeof path, "/proc/%llu/ns/%s", (unsigned long long)pid, kind);
  int fd = open(path, O_RDONLY | O_CLOEXEC);
  if (fd < 0 || fstat(fd, &found) != 0) fail("join-failed", "cannot open the sandbox's %s namespace", kind);
  errno = 0;
  if (found.st_ino != expected_inode) fail("join-failed", "the sandbox's %s namespace has gone", kind);
  return fd;
}

static void join_pod(const struct launch *launch) {
  int user = open_namespace(launch->pod_pid, "user", launch->user_namespace);
  int network = open_namespace(launch->pod_pid, "net", launch->network_namespace);
  if (setns(user, CLONE_NEWUSER) != 0) fail("join-failed", "cannot join the sandbox's user namespace");
  if (setns(network, CLONE_NEWNET) != 0) fail("join-failed", "cannot join the sandbox's network namespace");
  close(user);
  close(network);
}

/* bubblewrap takes that over, and the command with it would end at once; pid 1 sets them back for the command. */
static void ignore_delivered_signals(void) {
  for (size_t i = 0; i < DELIVERED_SIGNALS; i++) signal(delivered_signals[i], SIG_IGN);
}

/* Before anything else is started: what it limits is everything that the command is. */
static void join_cgroup(const char *members) {
  if (*members == 0) return;
  int file = open(members, O_WRONLY | O_CLOEXEC);
  if (file < 0 || write(file, "0", 1) != 1) fail("limit-refused", "cannot join the command's cgroup at %s", members);
  close(file);
}

/* bubblewrap keeps what it inherits open; pid 1 gets the channel, its settings and its own binary, nothing else. */
static void keep_only(const int *kept, int count) {
  if (close_range(3, UINT_MAX, CLOSE_RANGE_CLOEXEC) != 0) fail("close-failed", "cannot close inherited descriptors");
  for (int i = 0; i < count; i++)
    if (fcntl(kept[i], F_SETFD, 0) != 0) fail("close-failed", "cannot keep a descriptor");
}

static void become_bubblewrap(const struct launch *launch, int channel, uint64_t ignored) {
  char ignored_text[24], arguments_text[16], helper_path[64], channel_text[16], settings_text[16], uid_text[16], gid_text[16], turns_text[16], terminal_path[PATH_MAX];
  char *no_environment[] = {NULL};
  int arguments = sealed_memory("srt-bwrap-arguments", launch->bwrap_arguments);
  int settings = sealed_memory("srt-init-settings", launch->init_settings);
  /* By descriptor: the policy may hide the folder that the helper is installed in. */
  int helper = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);
  if (helper < 0) fail("helper-missing", "cannot open the helper's own binary");
  /* Opened here, so that the lock is this sandbox's own: turns.h. */
  int turns = open(launch->turns, O_RDWR | O_NOFOLLOW | O_CLOEXEC);
  if (turns < 0) fail("session-gone", "the sandbox session has ended");
  const int kept[] = {channel, arguments, settings, helper, turns};
  const char *terminal = terminal_is_foreground() ? "foreground" : "background";
  keep_only(kept, 5);
  if (ttyname_r(STDOUT_FILENO, terminal_path, sizeof terminal_path) != 0) strcpy(terminal_path, "-");
  snprintf(arguments_text, sizeof arguments_text, "%d", arguments);
  snprintf(helper_path, sizeof helper_path, "/proc/self/fd/%d", helper);
  snprintf(channel_text, sizeof channel_text, "%d", channel);
  snprintf(settings_text, sizeof settings_text, "%d", settings);
  snprintf(uid_text, sizeof uid_text, "%u", getuid());
  snprintf(gid_text, sizeof gid_text, "%u", getgid());
  snprintf(turns_text, sizeof turns_text, "%d", turns);
  snprintf(ignored_text, sizeof ignored_text, "%llu", (unsigned long long)ignored);
  const char *argv[] = {"bwrap", "--args", arguments_text, "--", helper_path, "init", channel_text, settings_text, terminal, uid_text, gid_text, turns_text, terminal_path, ignored_text, NULL};
  execve(launch->bwrap, (char **)(uintptr_t)argv, no_environment);
  fail("bwrap-missing", "cannot run %s", launch->bwrap);
}

/* Strings joined with a NUL after each, cut off (and refused by Node) only beyond the frame's limit. */
static struct field join_strings(char *const *strings, int count) {
  size_t size = 0;
  for (int i = 0; i < count; i++) size += strlen(strings[i]) + 1;
  unsigned char *joined = malloc(size + 1);
  if (joined == NULL || size > FRAME_MAX_BYTES / 2) fail("too-large", "the command is too long");
  size_t at = 0;
  for (int i = 0; i < count; i++) {
    size_t length = strlen(strings[i]) + 1;
    memcpy(joined + at, strings[i], length);
    at += length;
  }
  return (struct field){joined, (uint32_t)size};
}

/* ["run", working directory, arguments, environment, "tty" | "no-tty", label, own pid] */
static void request_launch(int channel, const char *label, int argc, char **argv) {
  char working_directory[PATH_MAX];
  unsigned char pid[8];
  int variables = 0;
  if (getcwd(working_directory, sizeof working_directory) == NULL) fail("no-directory", "cannot tell the working directory");
  while (environ[variables] != NULL) variables++;
  struct field fields[] = {field_string("run"), field_string(working_directory), join_strings(argv, argc),
                           join_strings(environ, variables), field_string(isatty(STDIN_FILENO) ? "tty" : "no-tty"),
                           field_string(label), field_u64((uint64_t)getpid(), pid)};
  if (!frame_write(channel, fields, 7)) fail("session-gone", "cannot talk to the sandbox session");
}

__attribute__((noreturn)) static void fail_usage(void) {
  errno = 0;
  fail("usage", "run: expected --channel FD [--ignored SIGNALS], or --session SOCKET --label TEXT [--signals-delivered] -- COMMAND...");
}

int run_main(int argc, char **argv) {
  int channel = -1;
  uint64_t ignored = signals_ignored();
  const bool is_told = argc == 4 && strcmp(argv[2], "--ignored") == 0;
  if ((argc == 2 || is_told) && strcmp(argv[0], "--channel") == 0) {
    if (is_told) ignored |= strtoull(argv[3], NULL, 10);
    channel = atoi(argv[1]);
    failure_report_to(channel, true);
    ignore_delivered_signals();
  } else if (argc >= 6 && strcmp(argv[0], "--session") == 0 && strcmp(argv[2], "--label") == 0) {
    const bool are_delivered = strcmp(argv[4], "--signals-delivered") == 0;
    const int words = are_delivered ? 6 : 5;
    if (argc <= words || strcmp(argv[words - 1], "--") != 0) fail_usage();
    if (are_delivered) ignore_delivered_signals();
    channel = connect_session(argv[1]);
    failure_report_to(channel, false);
    request_launch(channel, argv[3], argc - words, argv + words);
  } else fail_usage();
  struct launch launch = receive_launch(channel);
  join_cgroup(launch.cgroup);
  join_pod(&launch);
  layers_mount(launch.layers, launch.kept);
  become_bubblewrap(&launch, channel, ignored);
  return EXIT_HELPER_FAILED;
}
