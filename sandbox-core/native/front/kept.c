#include "kept.h"

#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#define KEPT_MAX_BYTES (32 << 20)

bool kept_path(struct field field, char out[PATH_MAX]) {
  if (field.size == 0 || field.size >= PATH_MAX || memchr(field.data, 0, field.size) != NULL) return false;
  memcpy(out, field.data, field.size);
  out[field.size] = 0;
  return true;
}

/* Who could have written it decides what runs: nobody but this user. */
static bool is_own(const char *path, int file, struct stat *found) {
  char directory[PATH_MAX];
  struct stat around;
  strcpy(directory, path);
  *strrchr(directory, '/') = 0;
  if (lstat(directory, &around) != 0 || !S_ISDIR(around.st_mode) || around.st_uid != getuid() || (around.st_mode & 077) != 0) return false;
  return fstat(file, found) == 0 && S_ISREG(found->st_mode) && found->st_uid == getuid() && (found->st_mode & 077) == 0;
}

static bool next_frame(const struct kept *kept, size_t *at, struct frame *out) {
  if (kept->size - *at < FRAME_SIZE_BYTES) return false;
  const unsigned char *payload = kept->data + *at + FRAME_SIZE_BYTES;
  const uint32_t size = frame_size(kept->data + *at);
  if (size == 0 || size > kept->size - *at - FRAME_SIZE_BYTES || !frame_parse(payload, size, out)) return false;
  *at += FRAME_SIZE_BYTES + (size_t)size;
  return true;
}

bool kept_each(const struct kept *kept, const char *type, bool (*use)(const struct frame *frame, void *context), void *context) {
  struct frame frame;
  const size_t length = strlen(type);
  for (size_t at = 0; at < kept->size;) {
    if (!next_frame(kept, &at, &frame)) return false;
    if (frame.fields[0].size == length && memcmp(frame.fields[0].data, type, length) == 0 && !use(&frame, context)) return false;
  }
  return true;
}

/* The frames of which there is one. */
static bool take_parts(struct kept *kept, const struct key *key) {
  struct frame frame;
  size_t at = 0;
  bool is_ours = false, is_whole = false;
  while (!is_whole && next_frame(kept, &at, &frame)) {
    const struct field *fields = frame.fields;
    if (frame_is(&frame, "kept", 2)) is_ours = fields[1].size == key->size && memcmp(fields[1].data, key->text, key->size) == 0;
    if (!is_ours) return false;
    if (frame_is(&frame, "commands", 2)) kept->commands = fields[1];
    if (frame_is(&frame, "session", 3)) kept->sessions = fields[1], kept->session = fields[2];
    if (frame_is(&frame, "helper", 2)) kept->helper = fields[1];
    if (frame_is(&frame, "pod", 2)) kept->pod = fields[1];
    if (frame_is(&frame, "launch", 4)) kept->bwrap = fields[1], kept->bwrap_arguments = fields[2], kept->settings = fields[3];
    if (frame_is(&frame, "variables", 3)) kept->passed = fields[1], kept->set = fields[2];
    is_whole = frame_is(&frame, "end", 1);
  }
  return is_whole && at == kept->size && kept->session.size > 0 && kept->helper.size > 0 && kept->pod.size > 0 && kept->settings.size > 0;
}

bool kept_read(const struct key *key, struct kept *out) {
  struct stat found;
  const int file = open(key->file, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
  *out = (struct kept){.file = file};
  if (file < 0) return false;
  if (is_own(key->file, file, &found) && found.st_size > 0 && found.st_size <= KEPT_MAX_BYTES) {
    void *mapped = mmap(NULL, (size_t)found.st_size, PROT_READ, MAP_PRIVATE | MAP_POPULATE, file, 0);
    if (mapped != MAP_FAILED) out->data = mapped, out->size = (size_t)found.st_size;
  }
  return out->data != NULL && take_parts(out, key);
}
