/*
 * Limits that a program meets as an error of a call, which may hide it well ("Cannot fork"): reported when the kernel is about
 * to refuse. A limit that ends a process is seen by its parent, which is pid 1 for the command alone: init.c.
 *
 * to Node: "limit", its name
 */
#ifndef SRT_LIMIT_REPORTS_H
#define SRT_LIMIT_REPORTS_H

#include <linux/seccomp.h>

#include "limits.h"

void limit_reports_start(int channel, const struct limits *limits);
void limit_report(const char *name);
/* Before a process or thread is started. */
void limit_reports_process(void);
/* Before a file is opened. */
void limit_reports_open(const struct seccomp_notif *notification);

#endif
