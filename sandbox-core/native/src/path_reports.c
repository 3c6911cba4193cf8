#include "path_reports.h"

#include "caller.h"
#include "frame.h"
#include "notifications.h"

static struct {
  int channel;
} reports;

void path_reports_start(int channel) {
  reports.channel = channel;
}

void path_report(const struct seccomp_notif *notification, const char *operation, const char *reason, const char *path, unsigned needs) {
  char program[PATH_MAX];
  unsigned char pid[8], needed[8];
  const pid_t thread = (pid_t)notification->pid;
  struct field fields[] = {field_string("path"), field_string(operation), field_string(reason), field_u64((uint64_t)caller_pid(thread), pid),
                           caller_program(thread, program), field_string(path), field_u64(needs, needed)};
  (void)frame_write(reports.channel, fields, 7);
}
