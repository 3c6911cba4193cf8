#include "mounts.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "devices.h"
#include "failure.h"
#include "kernel_settings.h"
#include "lent_files.h"
#include "mount_calls.h"

#define MADE_DIRECTORY_MODE 0755
#define MADE_FILE_MODE 0444
#define DEVICES_MODE 0755

enum kind { MOUNT_OF_HOST, OWN_DIRECTORY, MASK, OWN_LINK, DEVICES, OF_SANDBOX, SEAL };

struct entry {
  enum kind kind;
  const char *path;
  const char *source; /* or target of the link */
  const char *origin;
  mode_t mode;
  bool is_made; /* what it is mounted on */
  bool is_read_only;
};

static const struct {
  const char *name;
  uint32_t fields;
} frames[] = {
    [MOUNT_OF_HOST] = {"mount", 6}, [OWN_DIRECTORY] = {"own-directory", 5}, [MASK] = {"mask", 4},
    [OWN_LINK] = {"own-link", 4},   [DEVICES] = {"devices", 4},             [OF_SANDBOX] = {"sandbox", 4}, [SEAL] = {"seal", 3},
};

static struct {
  int host, sandbox; /* where everything is taken from */
  int root;          /* of the sandbox, -1 until its mount is made */
  int mask;          /* what all masks are copies of, -1 until it is needed */
  const char *terminal;
} mounts = {-1, -1, -1, -1, "-"};

bool mounts_are_possible(void) {
  int root = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);
  int path = root < 0 ? -1 : mount_open_path(root, "/");
  int copy = path < 0 ? -1 : mount_copy(path);
  int own = copy < 0 ? -1 : mount_new_directory(0, true);
  bool possible = own >= 0 && mount_make_read_only(copy, true) == 0;
  const int opened[] = {root, path, copy, own};
  for (size_t i = 0; i < sizeof opened / sizeof *opened; i++)
    if (opened[i] >= 0) close(opened[i]);
  return possible;
}

bool mounts_new_proc_is_possible(void) {
  int status = -1;
  /* fork(2), into a pid namespace: it is that of its mounter that a /proc shows. */
  pid_t child = (pid_t)syscall(SYS_clone, CLONE_NEWPID | SIGCHLD, 0, 0, 0, 0);
  if (child == 0) _exit(mount_new_proc() >= 0 ? 0 : 1);
  return child > 0 && waitpid(child, &status, 0) == child && WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

static bool is_type(const struct frame *frame, const char *type) {
  return frame->fields[0].size == strlen(type) && memcmp(frame->fields[0].data, type, frame->fields[0].size) == 0;
}

static bool kind_of(const struct frame *frame, enum kind *out) {
  for (size_t i = 0; i < sizeof frames / sizeof *frames; i++)
    if (is_type(frame, frames[i].name)) return *out = (enum kind)i, true;
  return false;
}

bool mounts_knows(const struct frame *frame) {
  enum kind kind;
  return kind_of(frame, &kind);
}

static bool text_of(struct field field, const char **out) {
  if (field.size == 0 || field.data[field.size - 1] != 0 || memchr(field.data, 0, field.size) != field.data + field.size - 1) return false;
  *out = (const char *)field.data;
  return true;
}

/* Absolute, and without components that lead elsewhere. */
static bool path_of(struct field field, const char **out) {
  if (field.size > PATH_MAX || !text_of(field, out) || **out != '/') return false;
  for (const char *at = *out; at != NULL; at = strchr(at + 1, '/')) {
    size_t length = strcspn(at + 1, "/");
    if ((length == 0 && (*out)[1] != 0) || (length == 1 && at[1] == '.') || (length == 2 && at[1] == '.' && at[2] == '.')) return false;
  }
  return true;
}

/* One of two words. */
static bool choice_of(struct field field, const char *no, const char *yes, bool *out) {
  const char *text;
  if (!text_of(field, &text)) return false;
  *out = strcmp(text, yes) == 0;
  return *out || strcmp(text, no) == 0;
}

static bool parse_entry(const struct frame *frame, struct entry *out) {
  uint64_t mode = 0;
  memset(out, 0, sizeof *out);
  if (!kind_of(frame, &out->kind) || frame->count != frames[out->kind].fields) return false;
  const struct field *fields = frame->fields;
  if (!path_of(fields[1], &out->path) || !text_of(fields[frame->count - 1], &out->origin)) return false;
  switch (out->kind) {
    case SEAL: return true;
    case OWN_LINK: return text_of(fields[2], &out->source);
    case MASK:
    case DEVICES:
    case OF_SANDBOX: return choice_of(fields[2], "there", "made", &out->is_made);
    case OWN_DIRECTORY:
      if (!choice_of(fields[2], "there", "made", &out->is_made) || !field_number(fields[3], &mode) || mode > 0777) return false;
      out->mode = (mode_t)mode;
      return true;
    case MOUNT_OF_HOST:
      return choice_of(fields[2], "there", "made", &out->is_made) && path_of(fields[3], &out->source) && choice_of(fields[4], "writable", "read-only", &out->is_read_only);
  }
  return false;
}

__attribute__((noreturn)) static void fail_entry(const struct entry *entry) {
  if (errno == ELOOP) errno = 0, fail("mount-failed", "cannot hold %s: there is a symbolic link on the way to %s where there was none before", entry->origin, entry->path);
  fail("mount-failed", "cannot hold %s: mounting %s failed", entry->origin, entry->path);
}

static int required(int descriptor, const struct entry *entry) {
  if (descriptor < 0) fail_entry(entry);
  return descriptor;
}

static int copy_of(int root, const char *path) {
  int source = mount_open_path(root, path);
  int copy = source < 0 ? -1 : mount_copy(source);
  int error = errno;
  if (source >= 0) close(source);
  errno = error;
  return copy;
}

/* All masks are one directory, which nobody can enter or change, mounted again and again. */
static int mask(void) {
  if (mounts.mask < 0) {
    int directory = mount_new_directory(0, true);
    int place = mkdirat(mounts.sandbox, "mask", 0700) == 0 ? mount_open_path(mounts.sandbox, "/mask") : -1;
    /* Kernels before 6.15 copy what is attached somewhere only. */
    if (directory < 0 || place < 0 || mount_attach(directory, place) != 0) return -1;
    close(place);
    mounts.mask = directory;
  }
  return mount_copy(mounts.mask);
}

static int mount_for(const struct entry *entry) {
  switch (entry->kind) {
    case MOUNT_OF_HOST: {
      int copy = copy_of(mounts.host, entry->source);
      return copy >= 0 && entry->is_read_only && mount_make_read_only(copy, true) != 0 ? -1 : copy;
    }
    case OWN_DIRECTORY: return mount_new_directory(entry->mode, false);
    case DEVICES: return mount_new_directory(DEVICES_MODE, false);
    case MASK: return mask();
    default: return mount_open_path(mounts.sandbox, entry->path);
  }
}

static bool make_component(int directory, const char *name, bool is_directory) {
  if (is_directory) return mkdirat(directory, name, MADE_DIRECTORY_MODE) == 0 || errno == EEXIST;
  int file = openat(directory, name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, MADE_FILE_MODE);
  if (file < 0) return errno == EEXIST;
  close(file);
  return true;
}

/* Opens what is to be mounted on, and makes what is missing of it. */
static int made_place(const struct entry *entry, int directory, bool is_directory) {
  char part[PATH_MAX];
  int parent = directory, found = -1;
  for (size_t at = 1; parent >= 0; at++) {
    if (entry->path[at] != '/' && entry->path[at] != 0) continue;
    memcpy(part, entry->path, at);
    part[at] = 0;
    found = mount_open_path(directory, part);
    if (found < 0 && errno == ENOENT && make_component(parent, strrchr(part, '/') + 1, is_directory || entry->path[at] == '/')) found = mount_open_path(directory, part);
    int error = errno;
    if (parent != directory) close(parent);
    errno = error;
    if (entry->path[at] == 0) break;
    parent = found;
  }
  return found;
}

static int place_for(const struct entry *entry, int mount) {
  struct stat what;
  int place = mount_open_path(mounts.root, entry->path);
  if (place >= 0 || errno != ENOENT || !entry->is_made) return place;
  return fstat(mount, &what) == 0 ? made_place(entry, mounts.root, S_ISDIR(what.st_mode)) : -1;
}

static void make_root(const struct entry *entry) {
  errno = 0;
  if (strcmp(entry->path, "/") != 0 || (entry->kind != MOUNT_OF_HOST && entry->kind != OWN_DIRECTORY)) fail("settings-malformed", "the session's first mount is not the root");
  int place = required(mount_open_path(mounts.sandbox, "/new"), entry);
  mounts.root = required(mount_for(entry), entry);
  required(mount_attach(mounts.root, place), entry);
  close(place);
}

static void make_link(const struct entry *entry) {
  char parent[PATH_MAX];
  const char *slash = strrchr(entry->path, '/');
  size_t length = (size_t)(slash - entry->path);
  memcpy(parent, length == 0 ? "/" : entry->path, length == 0 ? 1 : length);
  parent[length == 0 ? 1 : length] = 0;
  const struct entry around = {.path = parent};
  int directory = mount_open_path(mounts.root, parent);
  if (directory < 0 && errno == ENOENT) directory = made_place(&around, mounts.root, true);
  required(directory, entry);
  required(symlinkat(entry->source, directory, slash + 1), entry);
  close(directory);
}

static void make(const struct entry *entry) {
  if (entry->kind == OWN_LINK) return make_link(entry);
  if (entry->kind == SEAL) {
    int sealed = required(mount_open_path(mounts.root, entry->path), entry);
    required(mount_make_read_only(sealed, false), entry);
    close(sealed);
    return;
  }
  int mount = required(mount_for(entry), entry);
  int place = required(place_for(entry, mount), entry);
  required(mount_attach(mount, place), entry);
  close(place);
  close(mount);
  if (entry->kind == DEVICES && !devices_fill(mounts.root, entry->path, mounts.host, mounts.terminal)) fail_entry(entry);
  if (entry->kind == OF_SANDBOX && strcmp(entry->path, "/proc") == 0 && !kernel_settings_hold(mounts.root)) fail_entry(entry);
}

static uint32_t length_at(const unsigned char *at) {
  return (uint32_t)at[0] | (uint32_t)at[1] << 8 | (uint32_t)at[2] << 16 | (uint32_t)at[3] << 24;
}

void mounts_make(struct field sequence, const char *terminal) {
  mode_t mask_before = umask(0);
  mounts.terminal = terminal;
  mounts.sandbox = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);
  mounts.host = mounts.sandbox < 0 ? -1 : mount_open_path(mounts.sandbox, "/host");
  if (mounts.host < 0) fail("mount-failed", "bubblewrap left no view of the host");
  for (uint32_t at = 0; sequence.size - at > 4; at += 4 + length_at(sequence.data + at)) {
    struct frame frame;
    struct entry entry;
    errno = 0;
    if (!frame_parse(sequence.data + at + 4, length_at(sequence.data + at), &frame)) fail("settings-malformed", "the launch settings are malformed");
    if (!mounts_knows(&frame)) continue;
    if (!parse_entry(&frame, &entry)) fail("settings-malformed", "the session asks for a mount that its helper does not know");
    if (mounts.root < 0) make_root(&entry);
    else make(&entry);
  }
  if (mounts.root < 0) fail("settings-malformed", "the session asks for no root");
  lent_files_hold_hidden(mounts.root, mounts.host);
  if (mount_become_root(mounts.root) != 0) fail("mount-failed", "cannot enter the sandbox's root");
  close(mounts.root);
  close(mounts.host);
  close(mounts.sandbox);
  if (mounts.mask >= 0) close(mounts.mask);
  umask(mask_before);
}
