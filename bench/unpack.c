/* Unpacks as tar does, without tar: 5,000 files in 100 directories below the working directory. Linked statically by overhead.mjs. */
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

int main(void) {
  static const char content[600] = "content";
  char path[64];
  for (int directory = 0; directory < 100; directory++) {
    snprintf(path, sizeof path, "d%d", directory);
    if (mkdir(path, 0755) != 0) return perror(path), 1;
    for (int file = 0; file < 50; file++) {
      snprintf(path, sizeof path, "d%d/f%d.txt", directory, file);
      int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
      if (fd < 0 || write(fd, content, sizeof content) != sizeof content || futimens(fd, NULL) != 0 || close(fd) != 0) return perror(path), 1;
    }
  }
  return 0;
}
