/*
 * Calls that wait for Node to judge a path of theirs. Node answers each; the table bounds how many can wait.
 */
#ifndef SRT_JUDGEMENTS_H
#define SRT_JUDGEMENTS_H

#include <linux/seccomp.h>
#include <stdbool.h>
#include <stdint.h>

#include "guards.h"

struct judged_call {
  struct seccomp_notif notification;
  const char *operation;
  const char *program;
  unsigned rounds; /* how often it was asked about before */
};

/* Takes over what the list holds, if it can be judged now. */
bool judgements_ask(int channel, const struct judged_call *call, struct path_list *paths);
/* The call that waits for this answer, and the paths that were judged, which are the caller's to free. False if there is none. */
bool judgements_answered(uint64_t request, struct judged_call *call, struct path_list *paths);

#endif
