#include "failure.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "frame.h"

static int report_fd = -1;
static bool stderr_is_quiet = false;

void failure_report_to(int channel_fd, bool quiet_stderr) {
  report_fd = channel_fd;
  stderr_is_quiet = quiet_stderr;
}

/* Names of files are in it, and may be meant for the terminal. */
static void make_printable(char *text) {
  for (unsigned char *at = (unsigned char *)text; *at != 0; at++) {
    if (*at < ' ' || *at == 0x7f) *at = '?';
    if (*at == 0xc2 && at[1] >= 0x80 && at[1] <= 0x9f) *at++ = '?', *at = '?';
  }
}

void fail(const char *code, const char *format, ...) {
  char message[512];
  int cause = errno;
  va_list arguments;
  va_start(arguments, format);
  int used = vsnprintf(message, sizeof message, format, arguments);
  va_end(arguments);
  if (used < 0) used = 0;
  if (cause != 0 && (size_t)used < sizeof message)
    snprintf(message + used, sizeof message - (size_t)used, ": %s", strerror(cause));
  make_printable(message);
  if (report_fd >= 0) {
    struct field fields[] = {field_string("error"), field_string(code), field_string(message)};
    if (frame_write(report_fd, fields, 3) && stderr_is_quiet) _exit(EXIT_HELPER_FAILED);
  }
  dprintf(STDERR_FILENO, "srt-helper: %s\n", message);
  _exit(EXIT_HELPER_FAILED);
}
