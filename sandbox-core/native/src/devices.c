#include "devices.h"

#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "mount_calls.h"

#define DIRECTORY_MODE 0755
#define PLACE_MODE 0444

static const char *const nodes[] = {"null", "zero", "full", "random", "urandom", "tty"};

static const struct {
  const char *name, *target;
} links[] = {
    {"stdin", "/proc/self/fd/0"}, {"stdout", "/proc/self/fd/1"}, {"stderr", "/proc/self/fd/2"},
    {"fd", "/proc/self/fd"},      {"core", "/proc/kcore"},       {"ptmx", "pts/ptmx"},
};

/* Takes `mount` over. */
static bool attach(int root, const char *path, int mount) {
  int place = mount < 0 ? -1 : mount_open_path(root, path);
  bool done = place >= 0 && mount_attach(mount, place) == 0;
  if (place >= 0) close(place);
  if (mount >= 0) close(mount);
  return done;
}

static bool path_of(const char *directory, const char *name, char out[PATH_MAX]) {
  return snprintf(out, PATH_MAX, "%s/%s", directory, name) < PATH_MAX;
}

static bool make_node(int root, const char *directory, const char *name, int host, const char *source) {
  char path[PATH_MAX];
  int around = path_of(directory, name, path) ? mount_open_path(root, directory) : -1;
  int file = around < 0 ? -1 : openat(around, name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, PLACE_MODE);
  int node = file < 0 ? -1 : mount_open_path(host, source);
  int copy = node < 0 ? -1 : mount_copy(node);
  const bool done = copy >= 0 && mount_allow_devices(copy) == 0;
  if (around >= 0) close(around);
  if (file >= 0) close(file);
  if (node >= 0) close(node);
  return (done || copy < 0) ? done && attach(root, path, copy) : (close(copy), false);
}

static bool make_nodes(int root, const char *path, int host, const char *terminal) {
  char source[64];
  for (size_t i = 0; i < sizeof nodes / sizeof *nodes; i++) {
    snprintf(source, sizeof source, "/dev/%s", nodes[i]);
    if (!make_node(root, path, nodes[i], host, source)) return false;
  }
  return terminal[0] != '/' || make_node(root, path, "console", host, terminal);
}

bool devices_fill(int root, const char *path, int host, const char *terminal) {
  char terminals[PATH_MAX];
  int directory = mount_open_path(root, path);
  bool done = directory >= 0 && path_of(path, "pts", terminals) && mkdirat(directory, "shm", DIRECTORY_MODE) == 0 && mkdirat(directory, "pts", DIRECTORY_MODE) == 0;
  for (size_t i = 0; done && i < sizeof links / sizeof *links; i++) done = symlinkat(links[i].target, directory, links[i].name) == 0;
  if (directory >= 0) close(directory);
  return done && make_nodes(root, path, host, terminal) && attach(root, terminals, mount_new_terminals());
}
