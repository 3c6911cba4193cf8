#include "delivery.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>
#include <sys/syscall.h>

#include "calls.h"
#include "marks.h"

#ifndef SO_COOKIE
#define SO_COOKIE 57
#endif

/* A program that opens less is done before a socket has paid. */
#define OPENS_BEFORE_CHANNEL 8u
/* Out of the way of what programs count on, and still in the table of 64 that a process starts with. */
#define CHANNEL_MIN_DESCRIPTOR 56
/* Of an opening's number, which goes on for ever, what is told beside the channel's. */
#define OPENING_BITS 24
#define OPENING_MASK ((UINT64_C(1) << OPENING_BITS) - 1)

/*
 * Of the process. Where a child shares the memory (vfork), it is of the parent: nothing is changed before the child has opened as
 * much as would earn it a channel of its own.
 */
static struct {
  int is_busy; /* with one opening: nobody takes what another one waits for, be it a thread or a signal handler */
  long owner;
  int channel;
  uint64_t cookie; /* of the channel; SO_COOKIE never comes again */
  uint64_t opening;
  long guest; /* who else opens, and how much it has */
  unsigned opens;
} delivery;

static uint64_t cookie_of(int descriptor) {
  uint64_t cookie = 0;
  unsigned size = sizeof cookie;
  return system_call(SYS_getsockopt, descriptor, SOL_SOCKET, SO_COOKIE, (long)&cookie, (long)&size, 0) == 0 ? cookie : 0;
}

static void close_descriptor(int descriptor) {
  (void)system_call(SYS_close, descriptor, 0, 0, 0, 0, 0);
}

/* A descriptor or less than 0; the supervisor may have none to lend. */
static int borrow_channel(void) {
  long lent = system_call(SYS_openat, -1, 0, O_WRONLY | O_CREAT, 0, 0, MARK_CHANNEL);
  if (lent < 0 || lent >= CHANNEL_MIN_DESCRIPTOR) return (int)lent;
  long moved = system_call(SYS_fcntl, lent, F_DUPFD_CLOEXEC, CHANNEL_MIN_DESCRIPTOR, 0, 0, 0);
  if (moved < 0) return (int)lent;
  close_descriptor((int)lent);
  return (int)moved;
}

static bool earns_channel(long process) {
  if (delivery.guest != process) {
    delivery.guest = process;
    delivery.opens = 0;
  }
  return ++delivery.opens == OPENS_BEFORE_CHANNEL; /* once: where there is none to lend, it is not asked for again */
}

static bool has_channel(void) {
  const long process = system_call(SYS_getpid, 0, 0, 0, 0, 0, 0);
  const bool is_open = delivery.cookie != 0 && cookie_of(delivery.channel) == delivery.cookie;
  if (delivery.owner == process && is_open) return true;
  if (!earns_channel(process)) return false;
  if (is_open) close_descriptor(delivery.channel); /* that of the process which forked this one */
  delivery.channel = borrow_channel();
  delivery.cookie = delivery.channel < 0 ? 0 : cookie_of(delivery.channel);
  delivery.owner = process;
  return delivery.cookie != 0;
}

/* What was sent for this opening; what another one did not take is in front of it. */
static long take(uint64_t opening, int flags) {
  for (;;) {
    uint64_t sent = 0;
    int descriptor = -1;
    struct iovec part = {&sent, sizeof sent};
    union {
      char bytes[CMSG_SPACE(sizeof(int))];
      struct cmsghdr align;
    } control;
    struct msghdr message = {.msg_iov = &part, .msg_iovlen = 1, .msg_control = control.bytes, .msg_controllen = sizeof control.bytes};
    const int how = MSG_DONTWAIT | ((flags & O_CLOEXEC) != 0 ? MSG_CMSG_CLOEXEC : 0);
    if (system_call(SYS_recvmsg, delivery.channel, (long)&message, how, 0, 0, 0) < 0) return -EIO;
    struct cmsghdr *header = CMSG_FIRSTHDR(&message);
    if (header != NULL && header->cmsg_type == SCM_RIGHTS) descriptor = *(int *)(void *)CMSG_DATA(header);
    if (sent == opening) return descriptor < 0 ? -EMFILE : descriptor;
    if (descriptor >= 0) close_descriptor(descriptor);
  }
}

static long open_delivered(int directory, const char *path, int flags, unsigned mode) {
  const uint64_t opening = delivery.cookie << OPENING_BITS | (++delivery.opening & OPENING_MASK);
  long result = system_call(SYS_openat, directory, (long)path, flags, mode, (long)opening, MARK_DELIVER);
  if (result != DELIVERED) return result;
  result = take(opening, flags);
  /* The channel was closed just now by another thread. The file is there, made or not, and of this call. */
  return result == -EIO ? system_call(SYS_openat, directory, (long)path, flags & ~O_EXCL, mode, 0, 0) : result;
}

long open_held(int directory, const char *path, int flags, unsigned mode) {
  if (__atomic_exchange_n(&delivery.is_busy, 1, __ATOMIC_ACQUIRE) != 0) return system_call(SYS_openat, directory, (long)path, flags, mode, 0, 0);
  long result = has_channel() ? open_delivered(directory, path, flags, mode) : system_call(SYS_openat, directory, (long)path, flags, mode, 0, 0);
  __atomic_store_n(&delivery.is_busy, 0, __ATOMIC_RELEASE);
  return result;
}
