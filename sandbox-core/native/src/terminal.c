#include "terminal.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

#include "failure.h"

int terminal_main(int argc, char **argv) {
  errno = 0;
  if (argc != 1 || strcmp(argv[0], "reclaim") != 0) fail("usage", "terminal: expected reclaim");
  int terminal = open("/dev/tty", O_RDWR | O_NOCTTY | O_CLOEXEC);
  if (terminal < 0) return 0;
  /* tcsetpgrp() from a background group stops the caller unless the signal is ignored. */
  signal(SIGTTOU, SIG_IGN);
  return tcsetpgrp(terminal, getpgrp()) == 0 ? 0 : 1;
}
