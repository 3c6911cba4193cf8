#include "exec_calls.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "../preload/marks.h"
#include "caller.h"
#include "caller_path.h"
#include "judgements.h"
#include "looks.h"
#include "notifications.h"
#include "path_reports.h"

/* A longer command is refused rather than judged by its beginning. */
#define MAX_WORDS 8192u
#define MAX_BYTES (512u << 10)

bool is_exec_call(int number) {
  return number == SYS_execve || number == SYS_execveat;
}

static bool add_word(struct path_list *words, const char *word) {
  size_t size = strlen(word) + 1;
  if (words->count >= MAX_WORDS || words->size + size > MAX_BYTES) return false;
  if (words->size + size > words->capacity) {
    size_t capacity = 2 * words->capacity + size + PATH_MAX;
    char *text = realloc(words->text, capacity);
    if (text == NULL) return false;
    words->text = text;
    words->capacity = capacity;
  }
  memcpy(words->text + words->size, word, size);
  words->size += size;
  words->count++;
  return true;
}

/* fexecve(3): the file of a descriptor. */
static int describe_descriptor(pid_t thread, int descriptor, char out[PATH_MAX]) {
  char link[64];
  int file = caller_descriptor(thread, descriptor);
  if (file < 0) return errno;
  snprintf(link, sizeof link, "/proc/self/fd/%d", file);
  ssize_t length = readlink(link, out, PATH_MAX - 1);
  close(file);
  if (length < 0) return errno;
  out[length] = 0;
  return 0;
}

/* Programs that look through PATH try every directory of it: what is not there is not refused. */
static bool is_missing(pid_t thread, int directory, const char *path) {
  struct caller_path found;
  const struct path_request request = {.thread = thread, .directory = directory, .path = path, .follow_last = true};
  caller_path_resolve(&request, &found);
  bool missing = found.state == PATH_MISSING;
  caller_path_release(&found);
  return missing;
}

static int add_program(const struct seccomp_notif *notification, struct path_list *words) {
  char path[PATH_MAX];
  const pid_t thread = (pid_t)notification->pid;
  const bool is_at = notification->data.nr == SYS_execveat;
  const int directory = is_at ? (int)notification->data.args[0] : AT_FDCWD;
  int error = caller_read_string(thread, notification->data.args[is_at ? 1 : 0], path);
  if (error == 0 && path[0] == 0 && is_at) error = describe_descriptor(thread, directory, path);
  else if (error == 0 && is_missing(thread, directory, path)) error = ENOENT;
  if (error != 0) return error;
  return add_word(words, path) ? 0 : E2BIG;
}

void exec_call_watch(const struct seccomp_notif *notification) {
  char path[PATH_MAX];
  const pid_t thread = (pid_t)notification->pid;
  const bool is_at = notification->data.nr == SYS_execveat;
  const struct path_request request = {.thread = thread, .directory = is_at ? (int)notification->data.args[0] : AT_FDCWD, .path = path, .follow_last = true};
  if ((uint32_t)notification->data.args[5] == (uint32_t)MARK_PASS) return; /* the library comes back with what is refused */
  if (caller_read_string(thread, notification->data.args[is_at ? 1 : 0], path) == 0) look_report(notification, &request, NEEDS_EXECUTING);
}

static int add_arguments(const struct seccomp_notif *notification, struct path_list *words) {
  static char word[MAX_BYTES];
  const pid_t thread = (pid_t)notification->pid;
  unsigned long long at = notification->data.args[notification->data.nr == SYS_execveat ? 2 : 1];
  for (unsigned index = 0; at != 0; index++, at += sizeof(uint64_t)) {
    uint64_t address;
    int error = caller_read_bytes(thread, at, &address, sizeof address);
    if (error != 0) return error;
    if (address == 0) return 0;
    if (index == 0) continue; /* argv[0] may be anything; the file that is started is the first word */
    error = caller_read_text(thread, address, word, sizeof word);
    if (error != 0) return error == ENAMETOOLONG ? E2BIG : error;
    if (!add_word(words, word)) return E2BIG;
  }
  return 0;
}

bool exec_call_ask(int channel, const struct seccomp_notif *notification, int *error) {
  char program[PATH_MAX];
  struct path_list words = {0};
  struct field name = caller_program((pid_t)notification->pid, program);
  program[name.size] = 0;
  const struct judged_call judged = {*notification, "exec", program, 0};
  *error = add_program(notification, &words);
  if (*error == 0) *error = add_arguments(notification, &words);
  if (*error == 0 && judgements_ask(channel, &judged, &words)) return true;
  if (*error == 0) *error = EACCES;
  free(words.text);
  return false;
}
