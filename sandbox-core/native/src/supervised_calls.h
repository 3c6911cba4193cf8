/* The path calls the supervisor can judge, and where their arguments are. */
#ifndef SRT_SUPERVISED_CALLS_H
#define SRT_SUPERVISED_CALLS_H

#include <linux/seccomp.h>
#include <stdbool.h>
#include <stddef.h>

enum operation {
  OPERATION_OPEN,   /* flags decide whether it reads or writes */
  OPERATION_CREATE, /* makes a name that must not exist */
  OPERATION_REMOVE,
  OPERATION_RENAME,
  OPERATION_CHANGE, /* changes what exists: mode, owner, times, size, attributes */
};

/* How the supervisor makes the call itself: performed_calls.h. */
enum performance {
  PERFORM_NOT, /* it changes nothing that counts: the kernel may look at the path again */
  PERFORM_OPEN,
  PERFORM_MKDIR,
  PERFORM_MKNOD,
  PERFORM_SYMLINK,
  PERFORM_LINK,
  PERFORM_UNLINK,
  PERFORM_RMDIR,
  PERFORM_RENAME,
  PERFORM_TRUNCATE,
  PERFORM_CHMOD,
};

#define NO_ARGUMENT (-1)
#define IS_CREAT (-2) /* flags_argument of creat(2): always write */
#define IS_SOCKET_ADDRESS (-3) /* flags_argument of bind(2): the path is in the address, and there are no flags */

/* The second path of a rename is the new name, that of a link the file that gets another name. */
struct supervised_call {
  int number;
  const char *name;
  enum operation operation;
  enum performance performance;
  int directory_argument;
  int path_argument; /* NO_ARGUMENT, or the null pointer of utimensat(2): the directory argument is the file itself */
  int flags_argument;
  int second_directory_argument; /* of a rename where to, of a link what to */
  int second_path_argument;
  bool follows_last;
};

/* NULL if the call is not one of ours. */
const struct supervised_call *supervised_call_find(int number);
/* As well, for a use of it that is not. */
const struct supervised_call *supervised_call_of(const struct seccomp_data *data);
/* For tests: prints the calls this build can judge, one name a line. */
int supervised_calls_main(int argc, char **argv);

#endif
