#include "notifications.h"

#include <linux/seccomp.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

void notification_answer(int listener, __u64 id, int error, __u32 flags) {
  union {
    struct seccomp_notif_resp response;
    char room[NOTIFICATION_MAX_BYTES];
  } reply;
  memset(&reply, 0, sizeof reply);
  reply.response.id = id;
  reply.response.error = -error;
  reply.response.flags = flags;
  /* ENOENT: the caller was interrupted or has ended. */
  (void)ioctl(listener, SECCOMP_IOCTL_NOTIF_SEND, &reply);
}

bool notification_is_waiting(int listener, __u64 id) {
  return ioctl(listener, SECCOMP_IOCTL_NOTIF_ID_VALID, &id) == 0;
}

struct field caller_program(pid_t thread, char out[PATH_MAX]) {
  char link[64];
  snprintf(link, sizeof link, "/proc/%d/exe", (int)thread);
  ssize_t length = readlink(link, out, PATH_MAX - 1);
  return (struct field){(const unsigned char *)out, length > 0 ? (uint32_t)length : 0};
}
