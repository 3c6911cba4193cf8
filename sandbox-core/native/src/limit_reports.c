#include "limit_reports.h"

#include <ctype.h>
#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

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

/* The size of the directory would say it, but not before Linux 6.2. */
static long long count_descriptors(pid_t pid) {
  char path[64];
  long long count = 0;
  snprintf(path, sizeof path, "/proc/%d/fd", (int)pid);
  DIR *descriptors = opendir(path);
  for (struct dirent *entry = descriptors == NULL ? NULL : readdir(descriptors); entry != NULL; entry = readdir(descriptors)) count += isdigit((unsigned char)entry->d_name[0]) != 0;
  if (descriptors != NULL) closedir(descriptors);
  return count;
}

/* The limit is on the numbers of descriptors, so they are only counted when the last number is in use. getrlimit(2) */
void limit_reports_open(const struct seccomp_notif *notification) {
  char last[64];
  if (reports.open_files == 0) return;
  snprintf(last, sizeof last, "/proc/%d/fd/%lld", (int)notification->pid, reports.open_files - 1);
  if (faccessat(AT_FDCWD, last, F_OK, AT_SYMLINK_NOFOLLOW) != 0) return;
  if (count_descriptors((pid_t)notification->pid) >= reports.open_files) limit_report("open-files");
}
