#include "notifications.h"

#include <linux/seccomp.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "own_process.h"

static void send_answer(int listener, const struct seccomp_notif_resp *response) {
  union {
    struct seccomp_notif_resp response;
    char room[NOTIFICATION_MAX_BYTES];
  } reply;
  memset(&reply, 0, sizeof reply);
  reply.response = *response;
  /* ENOENT: the caller was interrupted or has ended. */
  (void)ioctl(listener, SECCOMP_IOCTL_NOTIF_SEND, &reply);
}

void notification_answer(int listener, __u64 id, int error, __u32 flags) {
  const struct seccomp_notif_resp response = {.id = id, .error = -error, .flags = flags};
  send_answer(listener, &response);
}

void notification_answer_value(int listener, __u64 id, int value) {
  const struct seccomp_notif_resp response = {.id = id, .val = value};
  send_answer(listener, &response);
}

bool notification_is_waiting(int listener, __u64 id) {
  return ioctl(listener, SECCOMP_IOCTL_NOTIF_ID_VALID, &id) == 0;
}

struct field caller_program(pid_t thread, char out[PATH_MAX]) {
  char link[64];
  snprintf(link, sizeof link, "/proc/%d/exe", (int)proc_number(thread));
  ssize_t length = readlink(link, out, PATH_MAX - 1);
  return (struct field){(const unsigned char *)out, length > 0 ? (uint32_t)length : 0};
}
