#include "judgements.h"

#include <stddef.h>

#include "frame.h"

#define MAX_WAITING 256u

static struct {
  struct {
    uint64_t request;
    uint64_t notification;
    bool used;
  } waiting[MAX_WAITING];
  uint64_t next_request;
} judgements;

bool judgements_ask(int channel, const struct judged_call *call, const struct path_list *paths) {
  unsigned char request[8], pid[8];
  for (size_t i = 0; i < MAX_WAITING; i++) {
    if (judgements.waiting[i].used) continue;
    judgements.waiting[i].request = judgements.next_request++;
    judgements.waiting[i].notification = call->notification;
    struct field fields[] = {field_string("judge"), field_u64(judgements.waiting[i].request, request), field_string(call->operation),
                             field_u64(call->pid, pid), field_string(call->program),
                             {(const unsigned char *)paths->text, (uint32_t)paths->size}};
    return judgements.waiting[i].used = frame_write(channel, fields, 6);
  }
  return false;
}

bool judgements_answered(uint64_t request, uint64_t *notification) {
  for (size_t i = 0; i < MAX_WAITING; i++) {
    if (!judgements.waiting[i].used || judgements.waiting[i].request != request) continue;
    judgements.waiting[i].used = false;
    *notification = judgements.waiting[i].notification;
    return true;
  }
  return false;
}
