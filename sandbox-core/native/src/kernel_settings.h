/*
 * /proc holds more than processes: settings of the whole kernel, which ask for no capability but only for the user who owns
 * them (proc_sys(5): core_pattern names a program that runs as root, outside). Where root's files are the caller's, that is
 * the sandbox's own user, so everything below /proc that is no process's is read-only there.
 */
#ifndef SRT_KERNEL_SETTINGS_H
#define SRT_KERNEL_SETTINGS_H

#include <stdbool.h>

/* `root`: a descriptor of the sandbox's root, with /proc in place. */
bool kernel_settings_hold(int root);

#endif
