#include "launch_channel.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "failure.h"

int sealed_memory(const char *name, struct field content) {
  int fd = memfd_create(name, MFD_ALLOW_SEALING);
  size_t at = 0;
  if (fd < 0) fail("no-memory", "cannot hold the launch");
  while (at < content.size) {
    ssize_t put = write(fd, content.data + at, content.size - at);
    if (put < 0 && errno == EINTR) continue;
    if (put <= 0) fail("no-memory", "cannot hold the launch");
    at += (size_t)put;
  }
  if (fcntl(fd, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE | F_SEAL_SEAL) != 0 || lseek(fd, 0, SEEK_SET) != 0)
    fail("no-memory", "cannot hold the launch");
  return fd;
}

int connect_session(const char *path) {
  struct sockaddr_un address = {.sun_family = AF_UNIX};
  errno = 0;
  if (strlen(path) >= sizeof address.sun_path) fail("session-path", "the session's path is too long: %s", path);
  strcpy(address.sun_path, path);
  int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (fd < 0 || connect(fd, (struct sockaddr *)&address, sizeof address) != 0)
    fail("session-gone", "the sandbox session at %s is not running", path);
  return fd;
}
