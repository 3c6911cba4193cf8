/* Ways to open a file that are not open(2). */
#include "probe.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <unistd.h>

/* openat2 PATH */
int probe_openat2(char **arguments) {
  const struct open_how how = {.flags = O_CREAT | O_RDWR, .mode = 0600};
  return probe_result(syscall(SYS_openat2, AT_FDCWD, arguments[0], &how, sizeof how));
}

/* open-by-handle PATH */
int probe_open_by_handle(char **arguments) {
  int mount;
  struct file_handle *handle = calloc(1, sizeof *handle + MAX_HANDLE_SZ);
  if (handle == NULL) return probe_result(-1);
  handle->handle_bytes = MAX_HANDLE_SZ;
  int file = open(arguments[0], O_RDONLY);
  if (name_to_handle_at(AT_FDCWD, arguments[0], handle, &mount, 0) != 0) handle->handle_bytes = 8; /* the file system may have none */
  int opened = open_by_handle_at(file, handle, O_RDONLY);
  int error = errno;
  free(handle);
  errno = error;
  return probe_result(opened);
}
