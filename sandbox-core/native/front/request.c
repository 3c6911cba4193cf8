#include <string.h>

#include "front.h"

/* Node would put U+FFFD in the place of what is no UTF-8, and refuses such words. */
static bool is_ascii(const char *word) {
  for (; *word != 0; word++)
    if ((unsigned char)*word >= 0x80) return false;
  return true;
}

static bool take_value(const char **into, char **argv, int *at) {
  if (*into != NULL || argv[*at + 1] == NULL) return false;
  *into = argv[*at + 1];
  *at += 2;
  return true;
}

/* How violations are reported: of a command that had none, nothing is. */
static bool is_report(const char *form) {
  return form != NULL && (strcmp(form, "summary") == 0 || strcmp(form, "agent") == 0 || strcmp(form, "none") == 0);
}

bool request_parse(int argc, char **argv, struct request *out) {
  int at = 1;
  *out = (struct request){0};
  for (int i = 1; i < argc; i++)
    if (!is_ascii(argv[i])) return false;
  while (argv[at] != NULL && argv[at][0] == '-' && strcmp(argv[at], "--") != 0) {
    if (strcmp(argv[at], "-q") == 0 || strcmp(argv[at], "--quiet") == 0) {
      at++;
      continue;
    }
    if (strcmp(argv[at], "--report") == 0 && is_report(argv[at + 1])) {
      at += 2;
      continue;
    }
    const bool is_settings = strcmp(argv[at], "-s") == 0 || strcmp(argv[at], "--settings") == 0;
    if (!is_settings && strcmp(argv[at], "-c") != 0) return false;
    if (!take_value(is_settings ? &out->settings : &out->line, argv, &at)) return false;
  }
  if (argv[at] != NULL && strcmp(argv[at], "--") == 0) {
    out->is_behind_dashes = true;
    at++;
  }
  out->words = argv + at;
  out->count = argc - at;
  for (int i = at; i < argc; i++)
    if (!out->is_behind_dashes && strcmp(argv[i], "--") == 0) return false;
  return out->line != NULL || (out->count > 0 && out->words[0][0] != 0);
}

const char *next_string(struct field list, const char *before) {
  /* Each has its NUL, or the list is none. */
  if (list.size == 0 || list.data[list.size - 1] != 0) return NULL;
  const char *next = before == NULL ? (const char *)list.data : before + strlen(before) + 1;
  return next < (const char *)list.data + list.size ? next : NULL;
}
