/* The path calls the supervisor can judge, and where their arguments are. */
#ifndef SRT_SUPERVISED_CALLS_H
#define SRT_SUPERVISED_CALLS_H

#include <stdbool.h>
#include <stddef.h>

enum operation {
  OPERATION_OPEN,   /* flags decide whether it reads or writes */
  OPERATION_CREATE, /* makes a name that must not exist */
  OPERATION_REMOVE,
  OPERATION_RENAME,
  OPERATION_CHANGE, /* changes what exists: mode, owner, times, size, attributes */
};

#define NO_ARGUMENT (-1)
#define IS_CREAT (-2) /* flags_argument of creat(2): always write */
#define IS_OPEN_HOW (-3) /* flags_argument of openat2(2): behind a pointer in argument 2 */

struct supervised_call {
  int number;
  const char *name;
  enum operation operation;
  int directory_argument;
  int path_argument;
  int flags_argument;
  int second_directory_argument;
  int second_path_argument;
  bool follows_last;
};

/* NULL if the call is not one of ours. */
const struct supervised_call *supervised_call_find(int number);
const struct supervised_call *supervised_calls_all(size_t *count);

#endif
