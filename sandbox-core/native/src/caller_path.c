#include "caller_path.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <linux/openat2.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "caller.h"
#include "directory_paths.h"
#include "own_process.h"

/* As path_resolution(7): the kernel gives up with ELOOP after 40. */
#define MAX_SYMLINKS 40

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
  if (fd < 0) return walk->out->error = errno, false;
  if (walk->directory >= 0) close(walk->directory);
  walk->directory = fd;
  walk->out->error = 0;
  return true;
}

static int open_start(const struct path_request *request) {
  char link[64];
  if (request->path[0] == '/') return open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);
  if (request->directory != AT_FDCWD) return caller_descriptor(request->thread, request->directory);
  snprintf(link, sizeof link, "/proc/%d/cwd", (int)proc_number(request->thread));
  return caller_open(link, O_PATH | O_DIRECTORY);
}

/* Takes the next component off `pending`. False when there is none, or one that is too long. */
static bool next_component(struct walk *walk, char component[NAME_MAX + 1], bool *is_last) {
  char *from = walk->pending + strspn(walk->pending, "/");
  size_t length = strcspn(from, "/");
  if (length > NAME_MAX) walk->out->error = ENAMETOOLONG;
  if (length == 0 || length > NAME_MAX) return false;
  memcpy(component, from, length);
  component[length] = 0;
  const char *rest = from + length;
  *is_last = rest[strspn(rest, "/")] == 0;
  if (*is_last) snprintf(walk->out->name, sizeof walk->out->name, "%s%s", component, *rest == '/' ? "/" : "");
  memmove(walk->pending, rest, strlen(rest) + 1);
  return true;
}

/* /proc/self and /proc/thread-self mean the reader, and the reader here is us. */
static void name_the_caller(struct walk *walk, char component[NAME_MAX + 1]) {
  if (strcmp(walk->out->path, "/proc") != 0) return;
  if (strcmp(component, "self") == 0) snprintf(component, NAME_MAX + 1, "%d", (int)caller_process(walk->thread));
  if (strcmp(component, "thread-self") == 0) snprintf(component, NAME_MAX + 1, "%d", (int)proc_number(walk->thread));
}

/* Links to what a process has open: their text is not a path. */
static bool is_in_process_directory(struct walk *walk) {
  struct statfs system;
  return proc_path_number(walk->out->path) > 0 && fstatfs(walk->directory, &system) == 0 && system.f_type == PROC_SUPER_MAGIC;
}

/* As the caller could: of its own process everything, of others what any process of the user may, of pid 1 nothing. */
static int open_process_link(struct walk *walk, const char *component) {
  char path[PATH_MAX + NAME_MAX + 2];
  struct stat link;
  pid_t owner = proc_path_number(walk->out->path);
  snprintf(path, sizeof path, "%s/%s", walk->out->path, component);
  if (own_process_has_thread(owner)) return errno = EACCES, -1;
  if (lstat(path, &link) == 0 && (link.st_mode & S_IWUSR) == 0) walk->out->of_read_only_descriptor = true;
  return owner == proc_number(walk->thread) || owner == caller_process(walk->thread) ? caller_open(path, O_PATH) : open(path, O_PATH | O_CLOEXEC);
}

static bool push_symlink(struct walk *walk, int link) {
  char target[PATH_MAX], rest[2 * PATH_MAX];
  ssize_t length = readlinkat(link, "", target, sizeof target - 1);
  close(link);
  walk->out->error = ELOOP;
  if (length <= 0 || ++walk->symlinks > MAX_SYMLINKS) return false;
  target[length] = 0;
  memcpy(rest, walk->pending, sizeof rest);
  walk->out->error = ENAMETOOLONG;
  if ((size_t)snprintf(walk->pending, sizeof walk->pending, "%s/%s", target, rest) >= sizeof walk->pending) return false;
  if (rest[0] == 0) walk->pending[strlen(walk->pending) - 1] = 0;
  walk->out->error = 0;
  if (target[0] != '/') return true;
  strcpy(walk->out->path, "/");
  return enter(walk, open("/", O_PATH | O_DIRECTORY | O_CLOEXEC));
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

static enum path_state too_long(struct caller_path *out) {
  out->error = ENAMETOOLONG;
  return PATH_ELSEWHERE;
}

static enum path_state finish_missing(struct walk *walk, const char *component, bool is_last) {
  walk->out->error = ENOENT;
  if (!is_last) return append_rest(walk, component) ? PATH_MISSING : too_long(walk->out);
  walk->out->parent = walk->directory;
  walk->directory = -1;
  return descriptor_path(walk->out->parent, walk->out->path) && append_component(walk->out->path, component) ? PATH_MISSING : too_long(walk->out);
}

static enum path_state finish_existing(struct walk *walk, const char *component, int target) {
  walk->out->error = 0;
  walk->out->target = target;
  walk->out->parent = walk->directory;
  walk->directory = -1;
  return descriptor_path(walk->out->parent, walk->out->path) && append_component(walk->out->path, component) ? PATH_EXISTS : too_long(walk->out);
}

/* A descriptor, or a process's directory; pipes and sockets have no path. */
static enum path_state finish_at(struct walk *walk, int target) {
  walk->out->error = 0;
  walk->out->target = target;
  if (!descriptor_path(target, walk->out->path)) walk->out->path[0] = 0;
  return PATH_EXISTS;
}

static bool follow_process_link(struct walk *walk, const char *component, bool is_last, enum path_state *state) {
  int found = open_process_link(walk, component);
  if (found < 0) return walk->out->error = errno, false;
  if (is_last) return *state = finish_at(walk, found), false;
  walk->out->error = ENOTDIR;
  if (!descriptor_path(found, walk->out->path)) return close(found), false;
  return enter(walk, found);
}

static bool fail_step(struct walk *walk, const char *component, bool is_last, enum path_state *state) {
  walk->out->error = errno;
  if (errno == ENOENT) *state = finish_missing(walk, component, is_last);
  else if (errno == EACCES && append_rest(walk, component)) *state = PATH_UNSEARCHABLE;
  return false;
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
  if (found < 0) return fail_step(walk, component, is_last, state);
  struct stat attributes;
  if (fstat(found, &attributes) != 0) return walk->out->error = errno, close(found), false;
  if (S_ISLNK(attributes.st_mode) && (!is_last || walk->follow_last)) {
    if (!is_in_process_directory(walk)) return push_symlink(walk, found);
    close(found);
    return follow_process_link(walk, component, is_last, state);
  }
  if (is_last) return *state = finish_existing(walk, component, found), false;
  walk->out->error = S_ISDIR(attributes.st_mode) ? ENAMETOOLONG : ENOTDIR;
  if (!S_ISDIR(attributes.st_mode) || !append_component(walk->out->path, component)) return close(found), false;
  return enter(walk, found);
}

static enum path_state walk_components(struct walk *walk) {
  char component[NAME_MAX + 1];
  enum path_state state = PATH_ELSEWHERE;
  bool is_last;
  walk->out->error = 0;
  while (next_component(walk, component, &is_last))
    if (!step(walk, component, is_last, &state)) return state;
  if (walk->out->error != 0) return PATH_ELSEWHERE;
  /* Nothing left after "/", "." or "..": the directory itself. */
  int here = walk->directory;
  walk->directory = -1;
  return finish_at(walk, here);
}

static void start_over(const struct path_request *request, struct caller_path *out) {
  caller_path_release(out);
  memset(out, 0, offsetof(struct caller_path, path) + 1);
  out->target = out->parent = -1;
  out->state = PATH_ELSEWHERE;
  out->error = request->path[0] == 0 ? ENOENT : ENAMETOOLONG;
}

static void resolve_slowly(const struct path_request *request, struct caller_path *out) {
  start_over(request, out);
  int start = open_start(request);
  if (start < 0) return (void)(out->error = errno);
  struct walk walk = {.thread = request->thread, .out = out, .directory = start, .follow_last = request->follow_last};
  strcpy(walk.pending, request->path);
  if (descriptor_path(start, out->path)) out->state = walk_components(&walk);
  if (walk.directory >= 0) close(walk.directory);
}

/* The path without its last component, and that. False: it ends in something that is no name. */
static bool split_path(const char *path, char directory[PATH_MAX], struct caller_path *out) {
  size_t end = strlen(path);
  while (end > 0 && path[end - 1] == '/') end--;
  size_t at = end;
  while (at > 0 && path[at - 1] != '/') at--;
  size_t length = end - at;
  if (length == 0 || length > NAME_MAX || strncmp(path + at, "..", length) == 0) return false;
  snprintf(out->name, sizeof out->name, "%.*s%s", (int)length, path + at, path[end] == '/' ? "/" : "");
  snprintf(directory, PATH_MAX, "%.*s", (int)at, path);
  return true;
}

/*
 * What most paths are: nothing of /proc on the way. The kernel walks in one call, which the caller cannot disturb. Takes
 * `start` over if it is the directory itself.
 */
static bool find_parent(const struct path_request *request, int *start, struct caller_path *out) {
  const struct open_how how = {.flags = O_PATH | O_DIRECTORY | O_CLOEXEC, .resolve = RESOLVE_NO_MAGICLINKS};
  char directory[PATH_MAX], name[NAME_MAX + 1];
  if (!split_path(request->path, directory, out)) return false;
  const bool is_start = directory[0] == 0;
  int parent = is_start ? *start : (int)syscall(SYS_openat2, *start, directory, &how, sizeof how);
  if (parent < 0) return false;
  snprintf(name, sizeof name, "%.*s", (int)strcspn(out->name, "/"), out->name);
  if (!directory_path(parent, out->path) || is_below_proc(out->path) || !append_component(out->path, name)) {
    if (!is_start) close(parent);
    return false;
  }
  if (is_start) *start = -1;
  out->parent = parent;
  out->state = PATH_MISSING;
  out->error = ENOENT;
  return true;
}

/* False: the last component is a link to be followed, or may not be looked at. */
static bool find_target(const struct path_request *request, struct caller_path *out) {
  char name[NAME_MAX + 1];
  struct stat found;
  snprintf(name, sizeof name, "%.*s", (int)strcspn(out->name, "/"), out->name);
  int target = openat(out->parent, name, O_PATH | O_NOFOLLOW | O_CLOEXEC);
  if (target < 0) return errno == ENOENT;
  const bool is_plain = fstat(target, &found) == 0 && !(S_ISLNK(found.st_mode) && request->follow_last);
  if (!is_plain) return close(target), false;
  out->target = target;
  out->state = PATH_EXISTS;
  out->error = 0;
  return true;
}

void caller_path_resolve(const struct path_request *request, struct caller_path *out) {
  out->target = out->parent = -1;
  start_over(request, out);
  if (request->path[0] == 0 || strlen(request->path) >= PATH_MAX) return;
  int start = request->path[0] == '/' ? AT_FDCWD : open_start(request); /* an absolute path starts nowhere */
  if (start < 0 && start != AT_FDCWD) return (void)(out->error = errno);
  const bool found = find_parent(request, &start, out) && (request->parent_suffices || find_target(request, out));
  out->is_untried = found && request->parent_suffices;
  if (start >= 0) close(start);
  if (!found) resolve_slowly(request, out);
}

void caller_path_try(const struct path_request *request, struct caller_path *out) {
  out->is_untried = false;
  if (!find_target(request, out)) resolve_slowly(request, out);
}

void caller_path_release(struct caller_path *path) {
  if (path->target >= 0) close(path->target);
  if (path->parent >= 0) close(path->parent);
  path->target = path->parent = -1;
}
