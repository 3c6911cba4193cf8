/*
 * A session as src/launch/session.ts has it, with one command: the directory of its own, the network's process (../src/pod.h), and the
 * command, started by `srt-helper run`.
 *
 * Node takes it over, as this process: it finds the number of a descriptor in SRT_FRONT, from which it reads frames.
 *
 *   "started", path, signals             the name by which srt was started, and what it was started to ignore: ../src/signals.h
 *   "keep", file, key                    where a launch is to be kept, if this was one that can be
 *   "session", sessions, session, control, errors, messages, channel, ready line, pid of the command's starter, how that ended,
 *   whether the command was given the terminal
 *   "planned", file, directory           a descriptor of the kept launch, and where this was started: src/host/replayed-looks.ts
 *
 * control to channel are descriptors: of the pod's control pipe, standard error and messages, and of the command's channel. Nothing was
 * taken from them that Node has to know. How the starter ended: "", "exit N" or "signal N".
 */
#ifndef SRT_FRONT_SESSION_H
#define SRT_FRONT_SESSION_H

#include <sys/types.h>

#include "kept.h"

#define READY_MAX_BYTES 512

struct session {
  char sessions[PATH_MAX];
  char directory[PATH_MAX];
  pid_t pod;
  int control, messages, errors; /* of the pod */
  char ready[READY_MAX_BYTES];   /* its first line */
  unsigned long long pod_pid, user_namespace, network_namespace;
  pid_t sweeper; /* 0: there was nothing to be swept */
  pid_t command;
  int channel;
  int status; /* of waitpid, if `has_ended` */
  bool has_ended;
};

/* False: nothing is left of it. What went wrong is Node's to say, which does the same and fails in the same way. */
bool session_start(const struct kept *kept, struct session *out);

/* What was planned with the name of another session's directory, with this one's: `out` is malloc's. */
bool session_rename(const struct session *session, const struct kept *kept, struct field text, struct field *out);

/* Starts the command. False: it could not be, and the session is to be ended. */
bool session_run(struct session *session, const struct kept *kept, const struct request *request);

enum outcome { COMMAND_ENDED, NODE_IS_NEEDED };

/* As src/cli/terminal-signals.ts has it. */
struct terminal {
  bool is_shared;     /* the command has the terminal of this process, or shares it */
  bool is_foreground; /* whoever is may have handed it over, and takes it back */
};

struct terminal terminal_now(bool is_shared);
/* The command has ended. */
void terminal_reclaim(const struct terminal *terminal);

/* Until the command has ended (with its exit status), or Node is needed. `signals`: of signalfd(2), handed to the command. */
enum outcome session_follow(struct session *session, const struct kept *kept, int signals, struct terminal *terminal, int *status);

/* Ends the network, and removes what the session made. */
void session_end(struct session *session, const struct kept *kept);

#endif
