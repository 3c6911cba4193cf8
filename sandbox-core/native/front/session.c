#include "session.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../src/leftovers.h"
#include "../src/placeholders.h"
#include "process.h"

/* As src/host/session-directory.ts, src/launch/pod.ts. */
#define MAKE_MAX_ATTEMPTS 10
#define START_TIMEOUT_MS 20000
#define WORDS_MAX 128
/* mkdtemp(3) puts them in the place of as many X. */
#define RANDOM_LETTERS 6

/* /tmp is everybody's: another user may have made the directory first, or a link in its place. */
static bool is_own_directory(const char *path) {
  struct stat found;
  return lstat(path, &found) == 0 && S_ISDIR(found.st_mode) && found.st_uid == getuid() && (found.st_mode & 077) == 0;
}

static bool make_directory(struct session *session) {
  for (int attempt = 0; attempt < MAKE_MAX_ATTEMPTS; attempt++) {
    if (mkdir(session->sessions, 0700) == 0) chmod(session->sessions, 0700);
    else if (errno != EEXIST) return false;
    if (!is_own_directory(session->sessions)) {
      if (errno == ENOENT) continue; /* another session, ending, has just removed it */
      return false;
    }
    const int size = snprintf(session->directory, sizeof session->directory, "%s/session-%*s", session->sessions, RANDOM_LETTERS, "");
    if (size >= (int)sizeof session->directory) return false;
    memset(session->directory + size - RANDOM_LETTERS, 'X', RANDOM_LETTERS);
    if (mkdtemp(session->directory) != NULL) return true;
    if (errno != ENOENT) return false;
  }
  return false;
}

static bool write_file(const char *path, mode_t mode, struct field content) {
  const int file = open(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, mode);
  if (file < 0) return false;
  const bool done = write(file, content.data, content.size) == (ssize_t)content.size;
  return close(file) == 0 && done;
}

/* ["entry", name, mode [, content]] */
static bool make_entry(const struct frame *entry, void *context) {
  const struct session *session = context;
  char name[PATH_MAX], path[2 * PATH_MAX];
  uint64_t mode;
  if (entry->count < 3 || !kept_path(entry->fields[1], name) || !field_number(entry->fields[2], &mode)) return false;
  snprintf(path, sizeof path, "%s/%s", session->directory, name);
  if (entry->count == 4) return write_file(path, (mode_t)mode, entry->fields[3]);
  return mkdir(path, 0777) == 0 && (mode == 0 || chmod(path, (mode_t)mode) == 0);
}

/* Beside the one that was just made, living or abandoned: what those of killed owners left is removed meanwhile. */
static void sweep_if_others(struct session *session, const struct kept *kept) {
  char helper[PATH_MAX];
  char *words[] = {helper, "sweep", session->sessions, NULL};
  int count = 0;
  DIR *directory = opendir(session->sessions);
  if (directory == NULL) return;
  for (struct dirent *entry = readdir(directory); entry != NULL; entry = readdir(directory)) count += entry->d_name[0] != '.';
  closedir(directory);
  if (count > 1 && kept_path(kept->helper, helper)) session->sweeper = process_start_silent(words);
}

/* What the planned session's directory is called there, is called as this one's. Both have the same length. */
bool session_rename(const struct session *session, const struct kept *kept, struct field text, struct field *out) {
  const size_t length = kept->session.size;
  if (strlen(session->directory) != length) return false;
  unsigned char *copy = malloc((size_t)text.size + 1);
  if (copy == NULL) return false;
  memcpy(copy, text.data, text.size);
  unsigned char *end = copy + text.size;
  for (unsigned char *at = copy; (at = memmem(at, (size_t)(end - at), kept->session.data, length)) != NULL; at += length) memcpy(at, session->directory, length);
  *out = (struct field){copy, text.size};
  return true;
}

static bool start_pod(struct session *session, const struct kept *kept) {
  char *words[WORDS_MAX + 1];
  struct field joined;
  int control[2], messages[2], errors[2], count = 0;
  if (!session_rename(session, kept, kept->pod, &joined)) return false;
  for (const char *word = next_string(joined, NULL); word != NULL && count < WORDS_MAX; word = next_string(joined, word)) words[count++] = (char *)(uintptr_t)word;
  words[count] = NULL;
  if (count == 0 || socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, control) != 0 || socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, messages) != 0 || socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, errors) != 0) return false;
  const int nothing = open("/dev/null", O_RDWR | O_CLOEXEC);
  session->pod = process_start(words, (int[]){control[1], nothing, errors[1], messages[1]}, 4, true);
  close(control[1]), close(messages[1]), close(errors[1]), close(nothing);
  session->control = control[0], session->messages = messages[0], session->errors = errors[0];
  return session->pod > 0;
}

/* One line and not a byte more: what follows may have a descriptor with it, and is for Node. */
static bool read_line(int file, char *line, size_t room) {
  struct pollfd watched = {file, POLLIN, 0};
  for (size_t at = 0; at < room - 1; at++) {
    if (poll(&watched, 1, START_TIMEOUT_MS) <= 0 || read(file, line + at, 1) != 1) return false;
    if (line[at] != '\n') continue;
    line[at] = 0;
    return true;
  }
  return false;
}

/* As it was when that was planned: who makes the mounts, and which processes are shown. */
static bool is_ready(struct session *session) {
  int used = 0;
  if (!read_line(session->messages, session->ready, sizeof session->ready)) return false;
  const int count = sscanf(session->ready, "{\"ready\":{\"pid\":%llu,\"userNamespace\":%llu,\"networkNamespace\":%llu,%n", &session->pod_pid, &session->user_namespace, &session->network_namespace, &used);
  const char *rest = session->ready + used;
  return count == 3 && strstr(rest, "\"makesMounts\":true,") != NULL && strstr(rest, "\"processes\":\"own\"}") != NULL;
}

struct placing {
  struct session *session;
  int journal;
  uint64_t number; /* of the last question */
  int made;
};

static bool record_point(const struct frame *point, void *context) {
  const struct placing *placing = context;
  char path[PATH_MAX];
  const bool is_path = point->count == 4 && kept_path(point->fields[2], path);
  return is_path && write(placing->journal, path, strlen(path) + 1) == (ssize_t)strlen(path) + 1;
}

static bool mark(const char *path) {
  const struct timespec times[2] = {{.tv_sec = PLACEHOLDER_TIME}, {.tv_sec = PLACEHOLDER_TIME}};
  return utimensat(AT_FDCWD, path, times, AT_SYMLINK_NOFOLLOW) == 0;
}

/* Marked at once: whoever cleans up after a session that was killed knows one by that. */
static bool make_point(const struct frame *point, void *context) {
  struct placing *placing = context;
  char path[PATH_MAX];
  uint64_t is_there;
  if (!kept_path(point->fields[2], path) || !field_number(point->fields[3], &is_there)) return false;
  if (is_there == 1) return true;
  const bool is_directory = point->fields[1].size == strlen("directory");
  const bool is_made = is_directory ? mkdir(path, 0755) == 0 : write_file(path, 0644, (struct field){(const unsigned char *)"", 0});
  if (is_made && !mark(path)) return (is_directory ? rmdir(path) : unlink(path)), false;
  placing->made += is_made;
  return is_made;
}

/* Once more when all are made, or one could not be: what was made inside of one gave it another time. */
static bool mark_point(const struct frame *point, void *context) {
  struct placing *placing = context;
  char path[PATH_MAX];
  uint64_t is_there;
  if (!kept_path(point->fields[2], path) || !field_number(point->fields[3], &is_there)) return false;
  return is_there == 1 || (placing->made-- > 0 && mark(path));
}

static bool hold_point(const struct frame *point, void *context) {
  struct placing *placing = context;
  unsigned char number[8];
  char line[READY_MAX_BYTES], expected[64];
  const struct field fields[] = {field_string("hold"), field_u64(++placing->number, number), point->fields[2]};
  if (!frame_write(placing->session->control, fields, 3) || !read_line(placing->session->messages, line, sizeof line)) return false;
  snprintf(expected, sizeof expected, "{\"id\":%llu,\"errno\":0}", (unsigned long long)placing->number);
  return strcmp(line, expected) == 0;
}

/* src/launch/mount-points.ts: written down before they are made, so that they are removed whatever happens. */
static bool place_mount_points(struct session *session, const struct kept *kept) {
  char journal[PATH_MAX + 16];
  snprintf(journal, sizeof journal, "%s/journal", session->directory);
  struct placing placing = {.session = session, .journal = open(journal, O_WRONLY | O_CREAT | O_APPEND | O_NOFOLLOW | O_CLOEXEC, 0600)};
  if (placing.journal < 0) return false;
  const bool is_recorded = kept_each(kept, "mount-point", record_point, &placing);
  close(placing.journal);
  const bool are_made = is_recorded && kept_each(kept, "mount-point", make_point, &placing);
  const bool are_marked = kept_each(kept, "mount-point", mark_point, &placing);
  return are_made && are_marked && kept_each(kept, "mount-point", hold_point, &placing);
}

bool session_start(const struct kept *kept, struct session *out) {
  *out = (struct session){.pod = -1, .control = -1, .messages = -1, .errors = -1, .command = -1, .channel = -1};
  if (!kept_path(kept->sessions, out->sessions) || !make_directory(out)) return false;
  if (kept_each(kept, "entry", make_entry, out) && start_pod(out, kept)) {
    sweep_if_others(out, kept);
    if (is_ready(out) && place_mount_points(out, kept)) return true;
  }
  session_end(out, kept);
  return false;
}

void session_end(struct session *session, const struct kept *kept) {
  struct stat found;
  char helper[PATH_MAX];
  char *words[] = {helper, "sweep", session->sessions, NULL};
  if (session->control >= 0) close(session->control); /* for the pod, the end */
  if (session->pod > 0) process_wait(session->pod);
  if (session->sweeper > 0) process_wait(session->sweeper);
  /* What the pod had no right to remove; without one, nobody has removed anything. */
  if (session->pod > 0 && lstat(session->directory, &found) == 0 && kept_path(kept->helper, helper)) process_wait(process_start_silent(words));
  if (lstat(session->directory, &found) == 0) leftovers_remove(session->directory, DENIED_ARE_GIVEN_UP);
  (void)rmdir(session->sessions); /* not while there is another one */
}
