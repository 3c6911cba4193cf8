#include "frame.h"

#include <errno.h>
#include <string.h>
#include <sys/uio.h>
#include <unistd.h>

uint32_t frame_size(const unsigned char *at) {
  return (uint32_t)at[0] | (uint32_t)at[1] << 8 | (uint32_t)at[2] << 16 | (uint32_t)at[3] << 24;
}

void frame_put_size(unsigned char *at, uint32_t size) {
  at[0] = (unsigned char)size;
  at[1] = (unsigned char)(size >> 8);
  at[2] = (unsigned char)(size >> 16);
  at[3] = (unsigned char)(size >> 24);
}

bool frame_parse(const unsigned char *payload, size_t size, struct frame *out) {
  size_t at = 0;
  out->count = 0;
  while (at < size) {
    if (out->count == FRAME_MAX_FIELDS || size - at < 4) return false;
    uint32_t length = frame_size(payload + at);
    at += 4;
    if (length > size - at) return false;
    out->fields[out->count].data = payload + at;
    out->fields[out->count].size = length;
    out->count++;
    at += length;
  }
  return out->count > 0;
}

/* 1: filled, 0: end of file at the first byte, -1: error, or end of file in the middle. */
static int read_exactly(int fd, unsigned char *into, size_t size) {
  size_t have = 0;
  while (have < size) {
    ssize_t got = read(fd, into + have, size - have);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return -1;
    if (got == 0) {
      errno = EPIPE;
      return have == 0 ? 0 : -1;
    }
    have += (size_t)got;
  }
  return 1;
}

int frame_read(int fd, unsigned char *buffer, size_t capacity, struct frame *out) {
  unsigned char head[4];
  int status = read_exactly(fd, head, sizeof head);
  if (status <= 0) return status;
  uint32_t size = frame_size(head);
  if (size == 0 || size > capacity) {
    errno = EMSGSIZE;
    return -1;
  }
  if (read_exactly(fd, buffer, size) != 1) return -1;
  if (!frame_parse(buffer, size, out)) {
    errno = EBADMSG;
    return -1;
  }
  return 1;
}

static bool write_vector(int fd, struct iovec *parts, int count) {
  while (count > 0) {
    ssize_t sent = writev(fd, parts, count);
    if (sent < 0 && errno == EINTR) continue;
    if (sent < 0) return false;
    size_t left = (size_t)sent;
    while (count > 0 && left >= parts->iov_len) {
      left -= parts->iov_len;
      parts++;
      count--;
    }
    if (count > 0) {
      parts->iov_base = (unsigned char *)parts->iov_base + left;
      parts->iov_len -= left;
    }
  }
  return true;
}

bool frame_write(int fd, const struct field *fields, uint32_t count) {
  unsigned char heads[FRAME_MAX_FIELDS + 1][4];
  struct iovec parts[2 * FRAME_MAX_FIELDS + 1];
  if (count == 0 || count > FRAME_MAX_FIELDS) {
    errno = EINVAL;
    return false;
  }
  uint64_t total = 0;
  for (uint32_t i = 0; i < count; i++) {
    frame_put_size(heads[i + 1], fields[i].size);
    parts[1 + 2 * i] = (struct iovec){heads[i + 1], 4};
    parts[2 + 2 * i] = (struct iovec){(void *)(uintptr_t)fields[i].data, fields[i].size};
    total += 4 + (uint64_t)fields[i].size;
  }
  if (total > FRAME_MAX_BYTES) {
    errno = EMSGSIZE;
    return false;
  }
  frame_put_size(heads[0], (uint32_t)total);
  parts[0] = (struct iovec){heads[0], 4};
  return write_vector(fd, parts, (int)(2 * count + 1));
}

bool frame_is(const struct frame *frame, const char *type, uint32_t field_count) {
  size_t length = strlen(type);
  return frame->count == field_count && frame->fields[0].size == length &&
         memcmp(frame->fields[0].data, type, length) == 0;
}

bool field_number(struct field field, uint64_t *out) {
  if (field.size == 0 || field.size > 8) return false;
  uint64_t value = 0;
  for (uint32_t i = field.size; i > 0; i--) value = value << 8 | field.data[i - 1];
  *out = value;
  return true;
}

struct field field_string(const char *text) {
  return (struct field){(const unsigned char *)text, (uint32_t)strlen(text)};
}

struct field field_u64(uint64_t value, unsigned char storage[8]) {
  for (int i = 0; i < 8; i++) storage[i] = (unsigned char)(value >> (8 * i));
  return (struct field){storage, 8};
}
