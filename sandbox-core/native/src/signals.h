/*
 * Signals that are handed to the command, and which of them a caller wants it to ignore: nohup, or a shell that starts it in the background.
 */
#ifndef SRT_SIGNALS_H
#define SRT_SIGNALS_H

#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

static const int delivered_signals[] = {SIGINT, SIGQUIT, SIGTERM, SIGHUP, SIGUSR1, SIGUSR2};
#define DELIVERED_SIGNALS (sizeof delivered_signals / sizeof *delivered_signals)

/* Sets of signals are numbers: the lowest bit is signal 1. */
static inline bool signals_has(uint64_t set, int number) {
  return number >= 1 && number <= 64 && (set >> (number - 1) & 1) != 0;
}

/* Those that this process was started to ignore. */
static inline uint64_t signals_ignored(void) {
  uint64_t set = 0;
  for (size_t i = 0; i < DELIVERED_SIGNALS; i++) {
    struct sigaction found;
    if (sigaction(delivered_signals[i], NULL, &found) == 0 && found.sa_handler == SIG_IGN) set |= UINT64_C(1) << (delivered_signals[i] - 1);
  }
  return set;
}

#endif
