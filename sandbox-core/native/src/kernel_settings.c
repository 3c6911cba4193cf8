#include "kernel_settings.h"

#include <dirent.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "mount_calls.h"

/* Of processes, and links to them, what may be written is their own. */
static bool is_setting(int proc, const char *name) {
  struct stat what;
  if (name[0] == '.' || (name[0] >= '0' && name[0] <= '9') || fstatat(proc, name, &what, AT_SYMLINK_NOFOLLOW) != 0) return false;
  return S_ISDIR(what.st_mode) || (S_ISREG(what.st_mode) && (what.st_mode & 0222) != 0);
}

static bool hold(int root, const char *name) {
  char path[PATH_MAX];
  int place = snprintf(path, sizeof path, "/proc/%s", name) < (int)sizeof path ? mount_open_path(root, path) : -1;
  int copy = place < 0 ? -1 : mount_copy(place);
  bool held = copy >= 0 && mount_make_read_only(copy, true) == 0 && mount_attach(copy, place) == 0;
  if (copy >= 0) close(copy);
  if (place >= 0) close(place);
  return held;
}

bool kernel_settings_hold(int root) {
  struct stat settings;
  int place = mount_open_path(root, "/proc");
  int proc = place < 0 ? -1 : openat(place, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (place >= 0) close(place);
  if (proc < 0) return false;
  if (fstatat(proc, "sys", &settings, AT_SYMLINK_NOFOLLOW) == 0 && settings.st_uid != geteuid()) return close(proc) == 0;
  DIR *entries = fdopendir(proc);
  if (entries == NULL) return close(proc), false;
  bool held = true;
  for (struct dirent *entry = readdir(entries); held && entry != NULL; entry = readdir(entries))
    if (is_setting(dirfd(entries), entry->d_name)) held = hold(root, entry->d_name);
  closedir(entries);
  return held;
}
