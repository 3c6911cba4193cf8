/*
 * Names that some rule denies wherever they appear, also where nothing is mounted because the file does not exist yet.
 *
 * This is a sieve: what passes it is of no interest to any rule, what stays in it is judged by Node, which knows the
 * policy. So it may keep too much, never too little; letters are compared without their case, and names also without the
 * dots and spaces at their end, which some file systems drop.
 */
#ifndef SRT_GUARDS_H
#define SRT_GUARDS_H

#include <stdbool.h>
#include <stddef.h>

#include "frame.h"

#define GUARDS_MAX_FOUND 128u

/*
 * Names: one or more components ("a/b"; "b//": as the last one only), patterns: fnmatch(3) of one component, links: such patterns of directories on the way
 * to a guarded name, which a symbolic link could stand for; NUL-terminated each.
 */
void guards_start(struct field names, struct field patterns, struct field links);
bool guards_exist(void);
/* Whether the path, or a directory on the way to it, has a guarded name. */
bool guards_hold(const char *path);

/*
 * What is asked about, NUL-terminated each: "/path"; "</from", "/to" for what is moved or linked; "/link/", ">text" for what
 * becomes a symbolic link with that text.
 */
struct path_list {
  char *text;
  size_t size;
  size_t capacity;
  unsigned count;
  bool overflow; /* there were more than can be judged: refuse */
};
void path_list_add(struct path_list *list, const char *path);
/* Nothing is added unless one of the names is guarded. */
void path_list_add_move(struct path_list *list, const char *from, const char *to);
/* Nothing is added unless a guarded name could lie below. */
void path_list_add_link(struct path_list *list, const char *path, const char *text);
/* `link`: O_PATH, of anything. */
void path_list_add_if_link(struct path_list *list, int link, const char *path);
void path_list_free(struct path_list *list);

/* Adds what would be guarded, in the directory (O_PATH) that is moved, where it was or where it will be. */
void guards_find_below(int directory, const char *from, const char *to, struct path_list *out);

#endif
