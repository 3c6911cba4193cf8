#include <errno.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <fcntl.h>
#include <unistd.h>

#include "../src/signals.h"
#include "front.h"
#include "looks.h"
#include "process.h"
#include "session.h"

#define NOT_FOUND 127
#define FILES_MIN 64

/* The name by which this was started, made absolute: whatever links lead from it are protected too (src/host/resolve-policy.ts). */
static bool started_as(char out[PATH_MAX]) {
  const char *name = (const char *)getauxval(AT_EXECFN);
  char directory[PATH_MAX];
  if (name == NULL || getcwd(directory, sizeof directory) == NULL) return false;
  const int size = name[0] == '/' ? snprintf(out, PATH_MAX, "%s", name) : snprintf(out, PATH_MAX, "%s/%s", directory, name);
  return size > 0 && size < PATH_MAX;
}

/* As Node does. What is opened here would else get the number of one that is closed, and so be the command's. */
static void open_standard_files(void) {
  for (int file = STDIN_FILENO; file <= STDERR_FILENO; file++)
    if (fcntl(file, F_GETFD) < 0 && open("/dev/null", O_RDWR | O_NOCTTY) != file) exit(NOT_FOUND);
}

/* This file, and the script that Node runs: beside it in a package, where it was built in a checkout. */
static void find_program(char program[PATH_MAX], char script[PATH_MAX]) {
  static const char *const places[] = {"srt.js", "../../bin/srt.js"};
  char candidate[PATH_MAX + 32];
  const ssize_t size = readlink("/proc/self/exe", program, PATH_MAX - 1);
  program[size > 0 ? size : 0] = 0;
  const char *slash = strrchr(program, '/');
  for (size_t i = 0; slash != NULL && i < sizeof places / sizeof *places; i++) {
    snprintf(candidate, sizeof candidate, "%.*s/%s", (int)(slash - program), program, places[i]);
    if (realpath(candidate, script) != NULL) return;
  }
  dprintf(STDERR_FILENO, "srt: expected srt.js beside %s, found none: install the package again\n", program);
  exit(NOT_FOUND);
}

static bool has_terminal(void) {
  return isatty(STDIN_FILENO) || isatty(STDOUT_FILENO) || isatty(STDERR_FILENO);
}

/* As Node does for itself, and so for the commands that it starts. False: with so few it could not take over, and says so at its start. */
static bool raise_file_limit(void) {
  struct rlimit limit;
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_max < FILES_MIN) return false;
  limit.rlim_cur = limit.rlim_max;
  return setrlimit(RLIMIT_NOFILE, &limit) == 0;
}

struct handover {
  const char *started;
  const struct key *key; /* NULL: nothing is to be kept */
  const struct session *session; /* NULL: there is none */
  const struct terminal *terminal;
  const struct kept *kept; /* of the session */
  const char *directory;
};

static struct field number_text(char text[16], int number) {
  snprintf(text, 16, "%d", number);
  return field_string(text);
}

static void inherit(int descriptor) {
  (void)fcntl(descriptor, F_SETFD, 0);
}

static bool write_session(int file, const struct handover *handover) {
  const struct session *session = handover->session;
  char control[16], errors[16], messages[16], channel[16], command[16], launch[16], ended[32] = "";
  if (session->has_ended && WIFEXITED(session->status)) snprintf(ended, sizeof ended, "exit %d", WEXITSTATUS(session->status));
  else if (session->has_ended) snprintf(ended, sizeof ended, "signal %d", WTERMSIG(session->status));
  const struct field fields[] = {
      field_string("session"), field_string(session->sessions), field_string(session->directory), number_text(control, session->control), number_text(errors, session->errors),
      number_text(messages, session->messages), number_text(channel, session->channel), field_string(session->ready), number_text(command, session->command), field_string(ended), field_string(handover->terminal->is_foreground ? "foreground" : ""),
  };
  inherit(session->control), inherit(session->errors), inherit(session->channel), inherit(session->messages), inherit(handover->kept->file);
  const struct field planned[] = {field_string("planned"), number_text(launch, handover->kept->file), field_string(handover->directory)};
  return frame_write(file, fields, sizeof fields / sizeof *fields) && frame_write(file, planned, 3);
}

/* False: it would not know of a session that runs. */
static bool tell_node(const struct handover *handover) {
  char number[16];
  const int file = memfd_create("srt-front", 0);
  unsigned char ignored[8];
  const struct field started[] = {field_string("started"), field_string(handover->started), field_u64(signals_ignored(), ignored)};
  if (file < 0 || !frame_write(file, started, 3)) return handover->session == NULL;
  if (handover->key != NULL) {
    const struct field keep[] = {field_string("keep"), field_string(handover->key->file), {(const unsigned char *)handover->key->text, (uint32_t)handover->key->size}};
    if (!frame_write(file, keep, 3)) return true;
  }
  if (handover->session != NULL && !write_session(file, handover)) return false;
  if (lseek(file, 0, SEEK_SET) != 0) return handover->session == NULL;
  snprintf(number, sizeof number, "%d", file);
  return setenv("SRT_FRONT", number, 1) == 0 || handover->session == NULL;
}

/* Node is found as `#!/usr/bin/env node` finds it. */
__attribute__((noreturn)) static void become_node(const char *script, int argc, char **argv, const struct handover *handover) {
  char **words = calloc((size_t)argc + 2, sizeof *words);
  sigset_t none;
  if (words == NULL || !tell_node(handover)) {
    dprintf(STDERR_FILENO, "srt: no memory to go on with; the command was ended\n");
    exit(NOT_FOUND);
  }
  sigemptyset(&none);
  sigprocmask(SIG_SETMASK, &none, NULL);
  words[0] = "node";
  words[1] = (char *)(uintptr_t)script;
  for (int i = 1; i < argc; i++) words[i + 1] = argv[i];
  execvp("node", words);
  dprintf(STDERR_FILENO, "srt: expected node in PATH, found none (%s): install Node 20.20 or newer\n", strerror(errno));
  exit(NOT_FOUND);
}

static int open_signals(void) {
  sigset_t wanted;
  const uint64_t ignored = signals_ignored();
  sigemptyset(&wanted);
  sigaddset(&wanted, SIGCONT);
  for (size_t i = 0; i < DELIVERED_SIGNALS; i++)
    if (!signals_has(ignored, delivered_signals[i])) sigaddset(&wanted, delivered_signals[i]); /* what this ignores, the command does too */
  signal(SIGCONT, SIG_DFL);
  sigprocmask(SIG_BLOCK, &wanted, NULL);
  signal(SIGPIPE, SIG_IGN);
  return signalfd(-1, &wanted, SFD_CLOEXEC | SFD_NONBLOCK);
}

static bool is_own_command(const struct kept *kept, const struct request *request) {
  if (request->is_behind_dashes || request->count == 0) return false;
  for (const char *name = next_string(kept->commands, NULL); name != NULL; name = next_string(kept->commands, name))
    if (strcmp(name, request->words[0]) == 0) return true;
  return false;
}

static void end_if_interrupted(struct session *session, const struct kept *kept, int signals) {
  struct signalfd_siginfo got;
  while (read(signals, &got, sizeof got) == sizeof got) {
    if (got.ssi_signo == SIGCONT) continue;
    session_end(session, kept);
    dprintf(STDERR_FILENO, "Error: interrupted by SIG%s; the command was not run\n", sigabbrev_np((int)got.ssi_signo));
    exit(128 + (int)got.ssi_signo);
  }
}

int main(int argc, char **argv) {
  char started[PATH_MAX] = "", program[PATH_MAX], script[PATH_MAX];
  struct handover handover = {.started = started};
  struct request request;
  struct key key;
  struct kept kept;
  struct session session;
  int status = 0;
  open_standard_files();
  find_program(program, script);
  if (!started_as(started) || !request_parse(argc, argv, &request) || !key_make(&request, started, program, has_terminal(), &key)) become_node(script, argc, argv, &handover);
  handover.key = &key;
  if (!kept_read(&key, &kept) || is_own_command(&kept, &request) || !kept_each(&kept, "heeded", variable_holds, NULL) || !looks_hold(&kept)) become_node(script, argc, argv, &handover);
  if (!raise_file_limit()) become_node(script, argc, argv, &handover);
  const int signals = open_signals();
  if (signals < 0 || !session_start(&kept, &session)) become_node(script, argc, argv, &handover);
  end_if_interrupted(&session, &kept, signals);
  struct terminal terminal = terminal_now(has_terminal());
  if (!session_run(&session, &kept, &request)) {
    close(session.channel);
    if (session.command > 0) process_wait(session.command);
    session_end(&session, &kept);
    become_node(script, argc, argv, &handover);
  }
  if (session_follow(&session, &kept, signals, &terminal, &status) == NODE_IS_NEEDED) {
    handover = (struct handover){.started = started, .session = &session, .terminal = &terminal, .kept = &kept, .directory = key.directory};
    become_node(script, argc, argv, &handover);
  }
  session_end(&session, &kept);
  terminal_reclaim(&terminal);
  return status;
}
