/*
 * Names that some rule denies wherever they appear, also where nothing is mounted because the file does not exist yet.
 *
 * This is a sieve: what passes it is of no interest to any rule, what stays in it is judged by Node, which knows the
 * policy. So it may keep too much, never too little; letters are compared without their case.
 */
#ifndef SRT_GUARDS_H
#define SRT_GUARDS_H

#include <stdbool.h>
#include <stddef.h>

#include "frame.h"

#define GUARDS_MAX_FOUND 64u

/* Names: one or more components ("a/b"), patterns: fnmatch(3) of one component; NUL-terminated each. */
void guards_start(struct field names, struct field patterns);
bool guards_exist(void);
/* Whether the path, or a directory on the way to it, has a guarded name. */
bool guards_hold(const char *path);

/* Paths, NUL-terminated each. */
struct path_list {
  char *text;
  size_t size;
  size_t capacity;
  unsigned count;
  bool overflow; /* there were more than can be judged: refuse */
};
bool path_list_add(struct path_list *list, const char *path);

/* Adds the guarded paths there would be if the directory (O_PATH) was found at `path`. */
void guards_find_below(int directory, const char *path, struct path_list *out);

#endif
