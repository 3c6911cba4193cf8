#include "judgements.h"

#include <stddef.h>

#include "caller.h"
#include "frame.h"

#define MAX_WAITING 256u

static struct {
  struct {
    uint64_t request;
    struct judged_call call;
    struct path_list paths;
    bool used;
  } waiting[MAX_WAITING];
  uint64_t next_request;
} judgements;

bool judgements_ask(int channel, const struct judged_call *call, struct path_list *paths) {
  unsigned char request[8], pid[8];
  for (size_t i = 0; i < MAX_WAITING; i++) {
    if (judgements.waiting[i].used) continue;
    struct field fields[] = {field_string("judge"), field_u64(judgements.next_request, request), field_string(call->operation),
                             field_u64((uint64_t)caller_pid((pid_t)call->notification.pid), pid), field_string(call->program),
                             {(const unsigned char *)paths->text, (uint32_t)paths->size}};
    if (!frame_write(channel, fields, 6)) return false;
    judgements.waiting[i].request = judgements.next_request++;
    judgements.waiting[i].call = *call;
    judgements.waiting[i].paths = *paths;
    judgements.waiting[i].used = true;
    *paths = (struct path_list){0};
    return true;
  }
  return false;
}

bool judgements_answered(uint64_t request, struct judged_call *call, struct path_list *paths) {
  for (size_t i = 0; i < MAX_WAITING; i++) {
    if (!judgements.waiting[i].used || judgements.waiting[i].request != request) continue;
    judgements.waiting[i].used = false;
    *call = judgements.waiting[i].call;
    *paths = judgements.waiting[i].paths;
    return true;
  }
  return false;
}
