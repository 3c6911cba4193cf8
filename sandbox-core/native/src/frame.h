/*
 * Frames: the one wire format between Node and srt-helper.
 *
 *   frame = u32le payload size, payload
 *   payload = field*            the first field is the frame's type, in ASCII
 *   field = u32le size, bytes
 *
 * Every size is bounded before anything is read, so a peer can make us refuse a frame but not allocate for it.
 */
#ifndef SRT_FRAME_H
#define SRT_FRAME_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The largest launch frame: mounts of a policy with tens of thousands of rules. */
#define FRAME_MAX_BYTES (16u << 20)
#define FRAME_MAX_FIELDS 16u

struct field {
  const unsigned char *data;
  uint32_t size;
};

struct frame {
  struct field fields[FRAME_MAX_FIELDS];
  uint32_t count;
};

/* Before a payload. */
#define FRAME_SIZE_BYTES 4u

/* The payload's size, or a field's: how they are told in those bytes. */
uint32_t frame_size(const unsigned char *at);
void frame_put_size(unsigned char *at, uint32_t size);

/* Splits a payload into fields that point into it. False: malformed, or too many fields. */
bool frame_parse(const unsigned char *payload, size_t size, struct frame *out);

/* Reads one frame into `buffer`. 1: a frame, 0: end of file before a frame, -1: error or malformed (errno set). */
int frame_read(int fd, unsigned char *buffer, size_t capacity, struct frame *out);

/* Writes one frame whole. False on error (errno set). */
bool frame_write(int fd, const struct field *fields, uint32_t count);

bool frame_is(const struct frame *frame, const char *type, uint32_t field_count);
/* A field as an unsigned 64-bit little-endian number of 1 to 8 bytes; false if it is not one. */
bool field_number(struct field field, uint64_t *out);

struct field field_string(const char *text);
/* `storage` holds the 8 bytes for as long as the field is in use. */
struct field field_u64(uint64_t value, unsigned char storage[8]);

#endif
