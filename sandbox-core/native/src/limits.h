/* limits.* of the policy: setrlimit(2) for the command and what it starts, a timer in pid 1 for the time it may take. */
#ifndef SRT_LIMITS_H
#define SRT_LIMITS_H

#include <stdbool.h>
#include <stdint.h>

#include "frame.h"

#define LIMIT_KINDS 5

struct limits {
  uint64_t value[LIMIT_KINDS]; /* 0: none */
  uint64_t wall_seconds;       /* 0: none */
};

/* "processes" | "memory" | "open-files" | "file-size" | "cpu" | "wall". False: no such limit. */
bool limits_set(struct limits *limits, struct field name, uint64_t value);
/* In the process that becomes the command. Fails if one cannot be set. */
/* 0: there is none. */
uint64_t limits_value(const struct limits *limits, const char *name);
void limits_apply(const struct limits *limits);
/* The limit that ends a process with this signal; NULL if none does. */
const char *limits_name_of_signal(const struct limits *limits, int signal_number);
/* A descriptor that becomes readable when the time is over; -1 without such a limit. */
int limits_start_timer(const struct limits *limits);

#endif
