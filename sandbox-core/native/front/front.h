/*
 * `srt`, the program: the command line's front, for the command that is run most, `srt [-q] [--report FORM] [-s POLICY] (-c LINE | COMMAND…)`, and there for what
 * takes longest: starting Node, and planning.
 *
 * Node is who plans. When it has planned a command that needs nothing of it any more but to be waited for, it keeps the launch
 * (src/launch/kept): the finished settings of the sandbox, and each look at the disk that the planning took, with what was found.
 * When the same user starts a command in the same directory, with the same policy and environment, and each of those looks still
 * finds the very same, planning would come to the same settings: so this program starts the sandbox with them by itself.
 *
 * As soon as anything is wanted that Node decides or tells (a name to be judged, a connection, a violation, a stopped job), it
 * becomes Node, which takes over the running session: session.h. In every other case it becomes Node at once, and everything is as without it.
 */
#ifndef SRT_FRONT_H
#define SRT_FRONT_H

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>

#include "../src/frame.h"

/* What of a command line the front understands. */
struct request {
  const char *settings; /* NULL: the default */
  const char *line;     /* of -c, or NULL */
  char **words;         /* NULL at the end */
  int count;
  bool is_behind_dashes; /* so that no word is one of srt's own commands */
};

/* False: Node has to look at it. */
bool request_parse(int argc, char **argv, struct request *out);

/* Everything but the disk that planning depends on, as text; and where a launch for that is kept. */
struct key {
  char *text;
  size_t size;
  char directory[PATH_MAX]; /* the working directory, by the name that it has when this is made */
  char file[PATH_MAX];
};

/* False: nothing can be kept here (no home directory, another user's rights). */
bool key_make(const struct request *request, const char *started, const char *program, bool has_terminal, struct key *out);

/* Whether a variable that planning heeded is as it was: kept.h. */
bool variable_holds(const struct frame *heeded, void *context);

/* A list of NUL-terminated strings: the next one, from NULL on. */
const char *next_string(struct field list, const char *before);

#endif
