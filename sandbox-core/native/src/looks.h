/*
 * Paths that are only looked at, entered, executed or connected to: no mount makes that fail but a mask, and nothing is decided
 * here. The preloaded library tells of those that came back refused (MARK_LOOKED, preload/marks.h), so that none pays for it.
 */
#ifndef SRT_LOOKS_H
#define SRT_LOOKS_H

#include <linux/seccomp.h>
#include <stdbool.h>

#include "caller_path.h"

void looks_start(int listener);
bool is_look(const struct seccomp_notif *notification);
/* Reports it if a mask is why, and refuses it. */
void look_answer(const struct seccomp_notif *notification);
/* `needs`: path_reports.h. */
void look_report(const struct seccomp_notif *notification, const struct path_request *request, unsigned needs);

#endif
