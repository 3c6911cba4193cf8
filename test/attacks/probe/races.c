/* Calls whose path is exchanged by another thread while the supervisor looks at it. */
#include "probe.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#define ROUNDS 800
/* Some milliseconds: by then the other command's call is being judged. */
#define LOOKS 20000

static struct {
  char path[256]; /* what the call is given */
  const char *harmless, *held;
  int directory, harmless_directory, held_directory;
  atomic_bool over;
} race;

/* One byte decides which of the two it is: both have the same length and differ in their last letter. */
static void *exchange_path(void *unused) {
  const size_t last = strlen(race.held) - 1;
  (void)unused;
  while (!atomic_load(&race.over)) {
    ((volatile char *)race.path)[last] = race.held[last];
    ((volatile char *)race.path)[last] = race.harmless[last];
  }
  return NULL;
}

static void *exchange_directory(void *unused) {
  (void)unused;
  while (!atomic_load(&race.over)) {
    dup2(race.held_directory, race.directory);
    dup2(race.harmless_directory, race.directory);
  }
  return NULL;
}

static void make(const char *how, const char *source) {
  int fd = -1;
  if (strcmp(how, "open") == 0) fd = open(race.path, O_CREAT | O_WRONLY, 0600);
  else if (strcmp(how, "creat") == 0) fd = creat(race.path, 0600);
  else if (strcmp(how, "mkdir") == 0) (void)!mkdir(race.path, 0700);
  else if (strcmp(how, "mknod") == 0) (void)!mknod(race.path, S_IFREG | 0600, 0);
  else if (strcmp(how, "symlink") == 0) (void)!symlink(source, race.path);
  else if (strcmp(how, "link") == 0) (void)!link(source, race.path);
  else if (strcmp(how, "rename") == 0) close(open(source, O_CREAT | O_WRONLY, 0600)), (void)!rename(source, race.path);
  else if (strcmp(how, "write") == 0) fd = open(race.path, O_WRONLY);
  else if (strcmp(how, "read") == 0) fd = open(race.path, O_RDONLY);
  else if (strcmp(how, "truncate") == 0) (void)!truncate(race.path, 1);
  struct stat found;
  if (fd >= 0 && fstat(fd, &found) == 0 && found.st_size == 6) atomic_store(&race.over, true); /* "secret": what is held has been opened */
  if (fd >= 0) close(fd);
}

static int start(void *(*exchange)(void *), pthread_t *thread) {
  return pthread_create(thread, NULL, exchange, NULL);
}

/* race-path HOW HARMLESS HELD SOURCE: "ok" if the held name came to be, or was opened. */
int probe_race_path(char **arguments) {
  pthread_t thread;
  struct stat found, before;
  race.harmless = arguments[1];
  race.held = arguments[2];
  strcpy(race.path, race.harmless);
  const bool was_there = lstat(race.held, &before) == 0;
  if (start(exchange_path, &thread) != 0) return probe_result(-1);
  bool done = false;
  for (int i = 0; i < ROUNDS && !done; i++) {
    make(arguments[0], arguments[3]);
    done = atomic_load(&race.over) || (was_there ? stat(race.held, &found) != 0 || found.st_size != before.st_size : lstat(race.held, &found) == 0);
    if (!was_there) unlink(race.harmless), rmdir(race.harmless);
  }
  atomic_store(&race.over, true);
  pthread_join(thread, NULL);
  errno = EACCES;
  return probe_result(done ? 0 : -1);
}

/* race-directory HARMLESS_DIRECTORY HELD_DIRECTORY NAME: the descriptor that the path starts at is exchanged. */
int probe_race_directory(char **arguments) {
  pthread_t thread;
  char held[512];
  struct stat found;
  race.harmless_directory = open(arguments[0], O_PATH | O_DIRECTORY);
  race.held_directory = open(arguments[1], O_PATH | O_DIRECTORY);
  race.directory = dup(race.harmless_directory);
  snprintf(held, sizeof held, "%s/%s", arguments[1], arguments[2]);
  if (race.held_directory < 0 || start(exchange_directory, &thread) != 0) return probe_result(-1);
  bool done = false;
  for (int i = 0; i < ROUNDS && !done; i++) {
    close(openat(race.directory, arguments[2], O_CREAT | O_WRONLY, 0600));
    unlinkat(race.harmless_directory, arguments[2], 0);
    done = lstat(held, &found) == 0;
  }
  atomic_store(&race.over, true);
  pthread_join(thread, NULL);
  errno = EACCES;
  return probe_result(done ? 0 : -1);
}

/* race-judged FROM TO: a rename that another command waits for (race-meanwhile) to be under way. */
int probe_race_judged(char **arguments) {
  close(open("started", O_CREAT | O_WRONLY, 0600));
  return probe_result(rename(arguments[0], arguments[1]));
}

/* race-meanwhile FROM TO: another, made in another command soon after. */
int probe_race_meanwhile(char **arguments) {
  struct stat found;
  while (lstat("started", &found) != 0) continue;
  for (int look = 0; look < LOOKS; look++) (void)!lstat("started", &found);
  return probe_result(rename(arguments[0], arguments[1]));
}
