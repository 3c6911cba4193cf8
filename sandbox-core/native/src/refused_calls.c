#include "refused_calls.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#include "caller.h"
#include "frame.h"
#include "notifications.h"
#include "own_process.h"

#ifndef SYS_fchmodat2
#define SYS_fchmodat2 452
#endif

static struct {
  int listener;
  int channel;
} refused;

void refused_calls_start(int listener, int channel) {
  refused.listener = listener;
  refused.channel = channel;
}

/* Arguments that are addresses mean nothing to anyone. */
void refused_call_report(const struct seccomp_notif *notification) {
  char program[PATH_MAX];
  unsigned char number[8], pid[8], values[3][8];
  struct field fields[] = {field_string("call"), field_u64((uint64_t)notification->data.nr, number), field_u64((uint64_t)caller_pid((pid_t)notification->pid), pid), caller_program((pid_t)notification->pid, program),
                           field_u64((uint32_t)notification->data.args[0], values[0]), field_u64((uint32_t)notification->data.args[1], values[1]), field_u64((uint32_t)notification->data.args[2], values[2])};
  if (notification_is_waiting(refused.listener, notification->id)) (void)frame_write(refused.channel, fields, 7);
}

void refused_call_answer(const struct seccomp_notif *notification) {
  refused_call_report(notification);
  notification_answer(refused.listener, notification->id, EPERM, 0);
}

bool limits_supervisor(const struct seccomp_notif *notification) {
  return notification->data.nr == SYS_prlimit64 && notification->data.args[2] != 0 && own_process_has_thread((pid_t)notification->data.args[0]);
}

/* Only these flags make the mode count. */
static mode_t mode_of_open(unsigned long long flags, unsigned long long mode) {
  return (flags & (O_CREAT | (O_TMPFILE & ~O_DIRECTORY))) != 0 ? (mode_t)mode : 0;
}

bool sets_id_bit(const struct seccomp_notif *notification, bool of_groups) {
  const unsigned long long *arguments = (const unsigned long long *)notification->data.args;
  const mode_t of_existing = of_groups ? S_ISUID | S_ISGID : S_ISUID;
  switch (notification->data.nr) {
    case SYS_fchmod: return ((mode_t)arguments[1] & of_existing) != 0;
    case SYS_fchmodat:
    case SYS_fchmodat2: return ((mode_t)arguments[2] & of_existing) != 0;
    case SYS_mknodat: return ((mode_t)arguments[2] & (S_ISUID | S_ISGID)) != 0;
    case SYS_openat: return (mode_of_open(arguments[2], arguments[3]) & (S_ISUID | S_ISGID)) != 0;
#ifdef SYS_open
    case SYS_chmod: return ((mode_t)arguments[1] & of_existing) != 0;
    case SYS_mknod:
    case SYS_creat: return ((mode_t)arguments[1] & (S_ISUID | S_ISGID)) != 0;
    case SYS_open: return (mode_of_open(arguments[1], arguments[2]) & (S_ISUID | S_ISGID)) != 0;
#endif
    default: return false;
  }
}
