#include "layers.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <unistd.h>

#include "failure.h"

static size_t count_strings(struct field joined) {
  size_t count = 0;
  for (uint32_t i = 0; i < joined.size; i++) count += joined.data[i] == 0;
  return count;
}

static int open_directory(const char *path) {
  int fd = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
  if (fd < 0) fail("layer-failed", "cannot open %s for a throw-away layer", path);
  return fd;
}

/* By descriptor: in mount options, commas and colons of a path would mean something. */
static void mount_layer(const char *directory, const char *upper, const char *work) {
  char options[160];
  int lower_fd = open_directory(directory), upper_fd = open_directory(upper), work_fd = open_directory(work);
  snprintf(options, sizeof options, "lowerdir=/proc/self/fd/%d,upperdir=/proc/self/fd/%d,workdir=/proc/self/fd/%d,userxattr", lower_fd, upper_fd, work_fd);
  if (mount("overlay", directory, "overlay", 0, options) != 0)
    fail("layer-failed", "cannot make a throw-away layer over %s; the temporary directory (TMPDIR) has to lie outside of it, on a file system that overlayfs takes", directory);
  close(lower_fd), close(upper_fd), close(work_fd);
}

void layers_mount(struct field layers, struct field kept) {
  const char *path = (const char *)layers.data, *kept_path = (const char *)kept.data;
  size_t layer_count = count_strings(layers) / 3, kept_count = count_strings(kept);
  if (layer_count == 0) return;
  int *kept_fds = calloc(kept_count + 1, sizeof *kept_fds);
  if (kept_fds == NULL) fail("no-memory", "cannot make throw-away layers");
  if (unshare(CLONE_NEWNS) != 0 || mount(NULL, "/", NULL, MS_REC | MS_SLAVE, NULL) != 0)
    fail("layer-failed", "cannot make a mount namespace for throw-away layers");
  for (size_t i = 0; i < kept_count; i++, kept_path += strlen(kept_path) + 1) kept_fds[i] = open_directory(kept_path);
  for (size_t i = 0; i < layer_count; i++) {
    const char *upper = path + strlen(path) + 1, *work = upper + strlen(upper) + 1;
    mount_layer(path, upper, work);
    path = work + strlen(work) + 1;
  }
  kept_path = (const char *)kept.data;
  for (size_t i = 0; i < kept_count; i++, kept_path += strlen(kept_path) + 1) {
    char source[64];
    snprintf(source, sizeof source, "/proc/self/fd/%d", kept_fds[i]);
    if (mount(source, kept_path, NULL, MS_BIND | MS_REC, NULL) != 0) fail("layer-failed", "cannot keep %s out of the throw-away layer", kept_path);
    close(kept_fds[i]);
  }
  free(kept_fds);
}
