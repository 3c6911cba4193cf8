#include "limit_reports.h"

#include <ctype.h>
#include <dirent.h>
#include <stdio.h>
#include <sys/stat.h>

#include "frame.h"

static struct {
  int channel;
  long long processes, open_files; /* 0: no limit */
  long long spare;                 /* so many may be started before it is counted again */
} reports;

void limit_reports_start(int channel, const struct limits *limits) {
  reports.channel = channel;
  reports.processes = (long long)limits_value(limits, "processes");
  reports.open_files = (long long)limits_value(limits, "open-files");
}

void limit_report(const char *name) {
  struct field fields[] = {field_string("limit"), field_string(name)};
  (void)frame_write(reports.channel, fields, 2);
}

/* The kernel counts threads, and those that have ended and were not waited for. */
static long long count_threads(void) {
  char path[NAME_MAX + 16];
  struct stat tasks;
  long long count = 0;
  DIR *processes = opendir("/proc");
  for (struct dirent *entry = processes == NULL ? NULL : readdir(processes); entry != NULL; entry = readdir(processes)) {
    if (!isdigit((unsigned char)entry->d_name[0])) continue;
    snprintf(path, sizeof path, "/proc/%s/task", entry->d_name);
    if (stat(path, &tasks) == 0) count += (long long)tasks.st_nlink - 2;
  }
  if (processes != NULL) closedir(processes);
  return count;
}

void limit_reports_process(void) {
  if (reports.processes == 0 || reports.spare-- > 0) return;
  reports.spare = reports.processes + 1 - count_threads(); /* pid 1 is not the command's */
  if (reports.spare <= 0) limit_report("processes");
  reports.spare--;
}

/* Kernels before 6.2 do not say how many there are. */
void limit_reports_open(const struct seccomp_notif *notification) {
  char path[64];
  struct stat descriptors;
  if (reports.open_files == 0) return;
  snprintf(path, sizeof path, "/proc/%d/fd", (int)notification->pid);
  if (stat(path, &descriptors) == 0 && descriptors.st_size >= reports.open_files) limit_report("open-files");
}
