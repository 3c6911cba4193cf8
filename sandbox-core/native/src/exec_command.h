/* Becoming the command, as the last thing of all. */
#ifndef SRT_EXEC_COMMAND_H
#define SRT_EXEC_COMMAND_H

#include "init_settings.h"

/* Searches the PATH that the command gets. Where that fails it says so on stderr, and exits as a shell would. */
__attribute__((noreturn)) void exec_command(const struct init_settings *settings);

#endif
