#include "terminal.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <string.h>
#include <unistd.h>

#include "failure.h"

static bool has_ended(pid_t group) {
  return group > 0 && kill(-group, 0) != 0 && errno == ESRCH;
}

bool terminal_is_foreground(void) {
  int terminal = open("/dev/tty", O_RDONLY | O_NOCTTY | O_CLOEXEC);
  if (terminal < 0) return false;
  bool foreground = tcgetpgrp(terminal) == getpgrp();
  close(terminal);
  return foreground;
}

int terminal_main(int argc, char **argv) {
  errno = 0;
  if (argc != 2 || strcmp(argv[0], "reclaim") != 0 || (strcmp(argv[1], "ended") != 0 && strcmp(argv[1], "stopped") != 0))
    fail("usage", "terminal: expected reclaim ended | stopped");
  int terminal = open("/dev/tty", O_RDWR | O_NOCTTY | O_CLOEXEC);
  if (terminal < 0) return 0;
  if (strcmp(argv[1], "ended") == 0 && !has_ended(tcgetpgrp(terminal))) return 0;
  /* tcsetpgrp() from a background group stops the caller unless the signal is ignored. */
  signal(SIGTTOU, SIG_IGN);
  return tcsetpgrp(terminal, getpgrp()) == 0 ? 0 : 1;
}
