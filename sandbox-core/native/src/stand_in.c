#include "stand_in.h"

#include <arpa/inet.h>
#include <errno.h>
#include <limits.h>
#include <netinet/in.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "failure.h"
#include "frame.h"

/* src/network/name-addresses.ts and src/launch/broker/broker.ts. */
#define GATEWAY_ADDRESS "198.18.0.1"
#define BROKER_PORT 3129
/* The broker takes no longer calls, and sends no larger frames. */
#define CALL_MAX_BYTES (256u << 10)
#define ANSWER_MAX_BYTES (128u << 10)

/* By the path it was started from: a caller may give any argv[0]. */
const char *stand_in_name(void) {
  static char path[PATH_MAX];
  ssize_t length = readlink("/proc/self/exe", path, sizeof path - 1);
  const size_t prefix = strlen(STAND_IN_DIRECTORY "/");
  if (length <= (ssize_t)prefix || memcmp(path, STAND_IN_DIRECTORY "/", prefix) != 0) return NULL;
  path[length] = 0;
  return path + prefix;
}

static int connect_to_broker(void) {
  struct sockaddr_in broker = {.sin_family = AF_INET, .sin_port = htons(BROKER_PORT)};
  inet_pton(AF_INET, GATEWAY_ADDRESS, &broker.sin_addr);
  int connection = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (connection < 0 || connect(connection, (struct sockaddr *)&broker, sizeof broker) != 0)
    fail("broker-lost", "the session's broker does not answer");
  return connection;
}

static void call(int connection, const char *name, int argc, char **argv) {
  static unsigned char words[CALL_MAX_BYTES];
  char directory[PATH_MAX];
  size_t used = 0;
  if (getcwd(directory, sizeof directory) == NULL) fail("directory-lost", "cannot tell the current directory");
  errno = 0;
  for (int i = 0; i == 0 || i < argc; i++) {
    const char *word = i == 0 ? name : argv[i];
    size_t size = strlen(word) + 1;
    if (size > sizeof words - used) fail("call-too-long", "expected at most %u bytes of arguments", CALL_MAX_BYTES);
    memcpy(words + used, word, size);
    used += size;
  }
  struct field fields[] = {field_string("call"), field_string(directory), {words, (uint32_t)used}};
  if (!frame_write(connection, fields, 3)) fail("broker-lost", "the session's broker does not listen");
}

/* The program that would have been found if the stand-in were not there. */
__attribute__((noreturn)) static void become_the_program(const char *name, char **argv) {
  const char *path = getenv("PATH");
  char candidate[PATH_MAX];
  int error = ENOENT;
  for (const char *at = path == NULL ? "/usr/bin:/bin" : path; *at != 0;) {
    size_t length = strcspn(at, ":");
    bool is_ours = length == strlen(STAND_IN_DIRECTORY) && memcmp(at, STAND_IN_DIRECTORY, length) == 0;
    if (length > 0 && !is_ours && snprintf(candidate, sizeof candidate, "%.*s/%s", (int)length, at, name) < (int)sizeof candidate) {
      execv(candidate, argv);
      if (errno != ENOENT && errno != ENOTDIR) error = errno;
    }
    at += length + (at[length] == ':');
  }
  fprintf(stderr, "%s: %s\n", name, error == ENOENT ? "command not found" : strerror(error));
  _exit(error == ENOENT ? EXIT_NOT_FOUND : EXIT_NOT_EXECUTABLE);
}

static void write_all(int to, const unsigned char *bytes, size_t size) {
  while (size > 0) {
    ssize_t written = write(to, bytes, size);
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) _exit(EXIT_HELPER_FAILED); /* nobody reads it: closing the connection ends the command */
    bytes += written;
    size -= (size_t)written;
  }
}

int stand_in_main(const char *name, int argc, char **argv) {
  static unsigned char buffer[ANSWER_MAX_BYTES];
  int connection = connect_to_broker();
  call(connection, name, argc, argv);
  struct frame frame;
  while (frame_read(connection, buffer, sizeof buffer, &frame) == 1) {
    uint64_t number;
    if (frame_is(&frame, "inside", 1)) become_the_program(name, argv);
    if (frame_is(&frame, "refused", 2)) {
      write_all(STDERR_FILENO, frame.fields[1].data, frame.fields[1].size);
      return EXIT_NOT_EXECUTABLE;
    }
    if (frame_is(&frame, "output", 3) && field_number(frame.fields[1], &number))
      write_all(number == 2 ? STDERR_FILENO : STDOUT_FILENO, frame.fields[2].data, frame.fields[2].size);
    if (frame_is(&frame, "exit", 2) && field_number(frame.fields[1], &number)) return (int)(number & 0xff);
  }
  errno = 0;
  fail("broker-lost", "the session ended while the command ran outside");
}
