/* What pid 1 is to do, as Node told it: init.h has the frames. */
#ifndef SRT_INIT_SETTINGS_H
#define SRT_INIT_SETTINGS_H

#include <linux/filter.h>
#include <stdbool.h>

#include "frame.h"
#include "limits.h"
#include "supervisor.h"

struct init_settings {
  struct field frames;
  bool has_mounts;
  bool nested_namespaces;
  bool outer_processes;
  char **argv;
  char **environment;
  const char *directory;
  struct sock_fprog filter;
  bool has_filter;
  struct supervisor_settings supervision;
  struct limits limits;
};

/* From a sealed file, which is closed and stays mapped: everything points into it. Fails on what is not a whole launch. */
struct init_settings init_settings_read(int fd);

#endif
