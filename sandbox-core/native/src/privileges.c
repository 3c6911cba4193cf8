#include "privileges.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <sched.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "failure.h"

#define TRACING (1u << CAP_SYS_PTRACE)

static void write_text(int file, const char *name, const char *text) {
  if (file < 0 || write(file, text, strlen(text)) != (ssize_t)strlen(text)) fail("privileges-kept", "cannot write to %s", name);
  close(file);
}

static void write_own(int process, const char *name, const char *text) {
  write_text(openat(process, name, O_WRONLY | O_CLOEXEC), name, text);
}

static void map_to(int process, const char *name, unsigned id) {
  char line[32];
  snprintf(line, sizeof line, "%u 0 1\n", id);
  write_own(process, name, line);
}

static void read_capabilities(struct __user_cap_data_struct now[_LINUX_CAPABILITY_U32S_3]) {
  struct __user_cap_header_struct header = {_LINUX_CAPABILITY_VERSION_3, 0};
  if (syscall(SYS_capget, &header, now) != 0) fail("privileges-kept", "cannot tell which capabilities there are");
}

void privileges_give_up_administration(void) {
  struct __user_cap_header_struct header = {_LINUX_CAPABILITY_VERSION_3, 0};
  struct __user_cap_data_struct kept[_LINUX_CAPABILITY_U32S_3];
  const uint32_t others = ~(1u << CAP_SYS_ADMIN);
  read_capabilities(kept);
  kept[0].effective &= others, kept[0].permitted &= others, kept[0].inheritable &= others;
  if (syscall(SYS_capset, &header, kept) != 0) fail("privileges-kept", "cannot drop a capability");
}

static void set_tracing(uint32_t permitted, uint32_t effective) {
  struct __user_cap_header_struct header = {_LINUX_CAPABILITY_VERSION_3, 0};
  struct __user_cap_data_struct kept[_LINUX_CAPABILITY_U32S_3];
  memset(kept, 0, sizeof kept);
  kept[0].permitted = permitted;
  kept[0].effective = effective;
  if (syscall(SYS_capset, &header, kept) != 0) fail("privileges-kept", "cannot drop capabilities");
}

static void require_no_more_than(uint32_t permitted) {
  struct __user_cap_data_struct now[_LINUX_CAPABILITY_U32S_3];
  read_capabilities(now);
  errno = 0;
  bool has_more = (now[0].permitted & ~permitted) != 0 || now[1].permitted != 0;
  for (size_t i = 0; i < sizeof now / sizeof *now; i++) has_more = has_more || (now[i].effective | now[i].inheritable) != 0;
  if (has_more) fail("privileges-kept", "the sandbox has kept capabilities");
}

void privileges_keep_tracing_alone(void) {
  struct __user_cap_data_struct now[_LINUX_CAPABILITY_U32S_3];
  /* The bounding set ends at the first that the kernel does not know. */
  for (unsigned long capability = 0; prctl(PR_CAPBSET_DROP, capability, 0, 0, 0) == 0; capability++) continue;
  if (errno != EINVAL || prctl(PR_CAPBSET_READ, CAP_SYS_ADMIN, 0, 0, 0) != 0 || prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0) != 0)
    fail("privileges-kept", "cannot drop capabilities");
  read_capabilities(now);
  set_tracing(now[0].permitted & TRACING, 0);
  require_no_more_than(TRACING);
}

void privileges_drop_tracing(void) {
  set_tracing(0, 0);
  require_no_more_than(0);
}

void privileges_use_tracing(bool used) {
  struct __user_cap_header_struct header = {_LINUX_CAPABILITY_VERSION_3, 0};
  struct __user_cap_data_struct data[_LINUX_CAPABILITY_U32S_3];
  memset(data, 0, sizeof data);
  data[0].permitted = TRACING;
  data[0].effective = used ? TRACING : 0;
  (void)syscall(SYS_capset, &header, data);
}

struct privileges_files privileges_open_files(void) {
  const struct privileges_files files = {open("/proc/self", O_PATH | O_DIRECTORY | O_CLOEXEC), open("/proc/sys/user/max_user_namespaces", O_WRONLY | O_CLOEXEC)};
  if (files.process < 0) fail("privileges-kept", "cannot look at pid 1 itself");
  return files;
}

void privileges_give_up(const struct privileges_request *request, struct privileges_files files) {
  const bool counted = !request->nested && (files.namespaces >= 0 || !request->filter_alone);
  /* Counted in the namespace that is left now: the next one is the only one. */
  if (counted) write_text(files.namespaces, "max_user_namespaces", "1\n");
  else if (files.namespaces >= 0) close(files.namespaces);
  if (unshare(CLONE_NEWUSER) != 0) fail("privileges-kept", "cannot enter a user namespace without privileges");
  map_to(files.process, "uid_map", request->uid);
  write_own(files.process, "setgroups", "deny\n");
  map_to(files.process, "gid_map", request->gid);
  close(files.process);
  privileges_keep_tracing_alone();
  errno = 0;
  if (counted && unshare(CLONE_NEWUSER) == 0) fail("privileges-kept", "the sandbox could make user namespaces");
}
