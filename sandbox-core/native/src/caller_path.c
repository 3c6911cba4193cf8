#include "caller_path.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

/* As path_resolution(7): the kernel gives up with ELOOP after 40. */
#define MAX_SYMLINKS 40
#define PAGE_BYTES 4096u

bool caller_read_bytes(pid_t thread, unsigned long long address, void *out, size_t size) {
  struct iovec local = {out, size};
  struct iovec remote = {(void *)(uintptr_t)address, size};
  return process_vm_readv(thread, &local, 1, &remote, 1, 0) == (ssize_t)size;
}

bool caller_read_string(pid_t thread, unsigned long long address, char out[PATH_MAX]) {
  size_t have = 0;
  while (have < PATH_MAX) {
    /* Up to the end of the page only: the next one may not be mapped. */
    size_t chunk = PAGE_BYTES - (size_t)((address + have) % PAGE_BYTES);
    if (chunk > PATH_MAX - have) chunk = PATH_MAX - have;
    if (!caller_read_bytes(thread, address + have, out + have, chunk)) return false;
    if (memchr(out + have, 0, chunk) != NULL) return true;
    have += chunk;
  }
  return false;
}

/* The state of one walk: the components still to go, and how far we have come. */
struct walk {
  pid_t thread;
  char pending[2 * PATH_MAX];
  struct caller_path *out;
  int directory; /* O_PATH on the directory that out->path names */
  int symlinks;
  bool follow_last;
};

static bool append_component(char path[PATH_MAX], const char *component) {
  size_t length = strlen(path);
  const char *separator = length > 0 && path[length - 1] == '/' ? "" : "/";
  return (size_t)snprintf(path + length, PATH_MAX - length, "%s%s", separator, component) < PATH_MAX - length;
}

static void drop_component(char path[PATH_MAX]) {
  char *slash = strrchr(path, '/');
  if (slash == path) slash++;
  if (slash != NULL) *slash = 0;
}

static bool enter(struct walk *walk, int fd) {
  if (fd < 0) return false;
  if (walk->directory >= 0) close(walk->directory);
  walk->directory = fd;
  return true;
}

static bool start_at_root(struct walk *walk) {
  strcpy(walk->out->path, "/");
  return enter(walk, open("/", O_PATH | O_DIRECTORY | O_CLOEXEC));
}

static bool start_at_descriptor(struct walk *walk, int directory) {
  char link[64];
  if (directory == AT_FDCWD)
    snprintf(link, sizeof link, "/proc/%d/cwd", (int)walk->thread);
  else
    snprintf(link, sizeof link, "/proc/%d/fd/%d", (int)walk->thread, directory);
  ssize_t length = readlink(link, walk->out->path, PATH_MAX - 1);
  if (length <= 0 || walk->out->path[0] != '/') return false;
  walk->out->path[length] = 0;
  return enter(walk, open(link, O_PATH | O_DIRECTORY | O_CLOEXEC));
}

/* Takes the next component off `pending`. False when there is none. */
static bool next_component(struct walk *walk, char component[NAME_MAX + 1], bool *is_last) {
  char *from = walk->pending + strspn(walk->pending, "/");
  size_t length = strcspn(from, "/");
  if (length == 0 || length > NAME_MAX) return false;
  memcpy(component, from, length);
  component[length] = 0;
  const char *rest = from + length;
  *is_last = rest[strspn(rest, "/")] == 0;
  memmove(walk->pending, rest, strlen(rest) + 1);
  return true;
}

pid_t caller_process(pid_t thread) {
  char path[64], line[128];
  long group = thread;
  snprintf(path, sizeof path, "/proc/%d/status", (int)thread);
  FILE *status = fopen(path, "re");
  if (status == NULL) return thread;
  while (fgets(line, sizeof line, status) != NULL)
    if (sscanf(line, "Tgid: %ld", &group) == 1) break;
  fclose(status);
  return (pid_t)group;
}

/* /proc/self and /proc/thread-self mean the reader, and the reader here is us. */
static void name_the_caller(struct walk *walk, char component[NAME_MAX + 1]) {
  if (strcmp(walk->out->path, "/proc") != 0) return;
  if (strcmp(component, "self") == 0) snprintf(component, NAME_MAX + 1, "%d", (int)caller_process(walk->thread));
  if (strcmp(component, "thread-self") == 0) snprintf(component, NAME_MAX + 1, "%d", (int)walk->thread);
}

static bool push_symlink(struct walk *walk, int link) {
  char target[PATH_MAX], rest[2 * PATH_MAX];
  ssize_t length = readlinkat(link, "", target, sizeof target - 1);
  close(link);
  if (length <= 0 || ++walk->symlinks > MAX_SYMLINKS) return false;
  target[length] = 0;
  memcpy(rest, walk->pending, sizeof rest);
  if ((size_t)snprintf(walk->pending, sizeof walk->pending, "%s/%s", target, rest) >= sizeof walk->pending) return false;
  return target[0] == '/' ? start_at_root(walk) : true;
}

/* The rest as spelled: nothing is known of it any more. */
static bool append_rest(struct walk *walk, const char *component) {
  char rest[NAME_MAX + 1];
  bool is_last;
  if (!append_component(walk->out->path, component)) return false;
  while (next_component(walk, rest, &is_last))
    if (!append_component(walk->out->path, rest)) return false;
  return true;
}

static enum path_state finish_missing(struct walk *walk, const char *component, bool is_last) {
  if (!append_rest(walk, component)) return PATH_ELSEWHERE;
  if (!is_last) return PATH_MISSING;
  walk->out->parent = walk->directory;
  walk->directory = -1;
  return PATH_MISSING;
}

static enum path_state finish_existing(struct walk *walk, const char *component, int target) {
  walk->out->target = target;
  if (!append_component(walk->out->path, component)) return PATH_ELSEWHERE;
  walk->out->parent = walk->directory;
  walk->directory = -1;
  return PATH_EXISTS;
}

/* One component further. True: go on; false: *state is final. */
static bool step(struct walk *walk, char component[NAME_MAX + 1], bool is_last, enum path_state *state) {
  if (strcmp(component, ".") == 0) return true;
  *state = PATH_ELSEWHERE;
  if (strcmp(component, "..") == 0) {
    drop_component(walk->out->path);
    return enter(walk, openat(walk->directory, "..", O_PATH | O_DIRECTORY | O_CLOEXEC));
  }
  name_the_caller(walk, component);
  int found = openat(walk->directory, component, O_PATH | O_NOFOLLOW | O_CLOEXEC);
  if (found < 0) {
    if (errno == EACCES && append_rest(walk, component)) *state = PATH_UNSEARCHABLE;
    if (errno == ENOENT) *state = finish_missing(walk, component, is_last);
    return false;
  }
  struct stat attributes;
  if (fstat(found, &attributes) != 0) return close(found), false;
  if (S_ISLNK(attributes.st_mode) && (!is_last || walk->follow_last)) return push_symlink(walk, found);
  if (is_last) return *state = finish_existing(walk, component, found), false;
  if (!append_component(walk->out->path, component)) return close(found), false;
  return enter(walk, found);
}

static enum path_state walk_components(struct walk *walk) {
  char component[NAME_MAX + 1];
  enum path_state state = PATH_ELSEWHERE;
  bool is_last;
  while (next_component(walk, component, &is_last))
    if (!step(walk, component, is_last, &state)) return state;
  /* Nothing left after "/", "." or "..": the directory itself. */
  walk->out->target = walk->directory;
  walk->directory = -1;
  return PATH_EXISTS;
}

void caller_path_resolve(const struct path_request *request, struct caller_path *out) {
  struct walk walk = {.thread = request->thread, .out = out, .directory = -1, .follow_last = request->follow_last};
  out->target = out->parent = -1;
  out->path[0] = 0;
  out->state = PATH_ELSEWHERE;
  if (request->path[0] == 0 || strlen(request->path) >= PATH_MAX) return;
  strcpy(walk.pending, request->path);
  bool started = request->path[0] == '/' ? start_at_root(&walk) : start_at_descriptor(&walk, request->directory);
  if (started) out->state = walk_components(&walk);
  if (walk.directory >= 0) close(walk.directory);
}

void caller_path_release(struct caller_path *path) {
  if (path->target >= 0) close(path->target);
  if (path->parent >= 0) close(path->parent);
  path->target = path->parent = -1;
}
