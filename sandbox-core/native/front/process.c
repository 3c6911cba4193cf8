#include "process.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/close_range.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#define DESCRIPTORS_MAX 8

/* In the child. Moved out of the way first: one may have the number of another's place. */
static void become(char *const *words, const int *descriptors, int count, bool apart) {
  char *no_environment[] = {NULL};
  int moved[DESCRIPTORS_MAX];
  sigset_t none;
  for (int i = 0; i < count; i++)
    if ((moved[i] = fcntl(descriptors[i], F_DUPFD_CLOEXEC, DESCRIPTORS_MAX)) < 0) _exit(127);
  for (int i = 0; i < count; i++)
    if (dup2(moved[i], i) < 0) _exit(127);
  if (close_range((unsigned)count, UINT_MAX, CLOSE_RANGE_CLOEXEC) != 0) _exit(127);
  if (apart) setsid();
  signal(SIGPIPE, SIG_DFL);
  sigemptyset(&none);
  sigprocmask(SIG_SETMASK, &none, NULL);
  execve(words[0], words, no_environment);
  _exit(127);
}

pid_t process_start(char *const *words, const int *descriptors, int count, bool apart) {
  if (count > DESCRIPTORS_MAX) return -1;
  const pid_t child = fork();
  if (child == 0) become(words, descriptors, count, apart);
  return child;
}

pid_t process_start_silent(char *const *words) {
  const int nothing = open("/dev/null", O_RDWR | O_CLOEXEC);
  const pid_t child = nothing < 0 ? -1 : process_start(words, (int[]){nothing, nothing, nothing}, 3, false);
  if (nothing >= 0) close(nothing);
  return child;
}

int process_wait(pid_t process) {
  int status = 0;
  while (waitpid(process, &status, 0) < 0)
    if (errno != EINTR) return 0;
  return status;
}
