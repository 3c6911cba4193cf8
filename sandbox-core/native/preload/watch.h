/* What the parts of the library share. */
#ifndef SRT_WATCH_H
#define SRT_WATCH_H

#include <stdbool.h>

#define EXPORTED __attribute__((visibility("default")))

/* Whether there is a filter that knows marks. */
bool is_filtered(void);
/* A result of the kernel's, as a C library's function returns it. */
int with_errno(long result);

#endif
