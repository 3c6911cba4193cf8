/*
 * Calls that wait for Node to judge a path of theirs. Node answers each; the table bounds how many can wait.
 */
#ifndef SRT_JUDGEMENTS_H
#define SRT_JUDGEMENTS_H

#include <stdbool.h>
#include <stdint.h>

#include "guards.h"

struct judged_call {
  uint64_t notification;
  const char *operation;
  uint64_t pid;
  const char *program;
};

/* False: nobody can judge it now. */
bool judgements_ask(int channel, const struct judged_call *call, const struct path_list *paths);
/* The notification that waits for this answer; false if there is none. */
bool judgements_answered(uint64_t request, uint64_t *notification);

#endif
