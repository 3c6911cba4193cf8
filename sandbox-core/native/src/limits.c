#include "limits.h"

#include <signal.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/timerfd.h>

#include "failure.h"

static const struct {
  const char *name;
  int resource;
  int signal_number; /* that ends a process at its limit, or 0 */
} kinds[LIMIT_KINDS] = {
    {"processes", RLIMIT_NPROC, 0},        {"memory", RLIMIT_DATA, 0},    {"open-files", RLIMIT_NOFILE, 0},
    {"file-size", RLIMIT_FSIZE, SIGXFSZ}, {"cpu", RLIMIT_CPU, SIGXCPU},
};

static bool is_named(struct field name, const char *text) {
  return name.size == strlen(text) && memcmp(name.data, text, name.size) == 0;
}

bool limits_set(struct limits *limits, struct field name, uint64_t value) {
  if (is_named(name, "wall")) return limits->wall_seconds = value, true;
  for (size_t i = 0; i < LIMIT_KINDS; i++)
    if (is_named(name, kinds[i].name)) return limits->value[i] = value, true;
  return false;
}

uint64_t limits_value(const struct limits *limits, const char *name) {
  for (size_t i = 0; i < LIMIT_KINDS; i++)
    if (strcmp(kinds[i].name, name) == 0) return limits->value[i];
  return 0;
}

/* What the caller already has is kept if it is tighter. */
static struct rlimit narrowed(const struct rlimit *current, uint64_t value, int resource) {
  /* At the soft limit of time comes SIGXCPU, which names the cause; at the hard one SIGKILL, which does not. */
  rlim_t hard = resource == RLIMIT_CPU ? value + 1 : value;
  struct rlimit limit = {value, hard};
  if (current->rlim_max < limit.rlim_max) limit.rlim_max = current->rlim_max;
  if (limit.rlim_max < limit.rlim_cur) limit.rlim_cur = limit.rlim_max;
  return limit;
}

void limits_apply(const struct limits *limits) {
  for (size_t i = 0; i < LIMIT_KINDS; i++) {
    struct rlimit current;
    if (limits->value[i] == 0) continue;
    /* pid 1 is counted with the command's processes. */
    uint64_t value = limits->value[i] + (kinds[i].resource == RLIMIT_NPROC ? 1 : 0);
    if (getrlimit((__rlimit_resource_t)kinds[i].resource, &current) != 0) fail("limit-refused", "cannot read the limit of %s", kinds[i].name);
    const struct rlimit limit = narrowed(&current, value, kinds[i].resource);
    if (setrlimit((__rlimit_resource_t)kinds[i].resource, &limit) != 0) fail("limit-refused", "cannot limit %s", kinds[i].name);
  }
}

const char *limits_name_of_signal(const struct limits *limits, int signal_number) {
  for (size_t i = 0; i < LIMIT_KINDS; i++)
    if (signal_number != 0 && limits->value[i] != 0 && kinds[i].signal_number == signal_number) return kinds[i].name;
  return NULL;
}

int limits_start_timer(const struct limits *limits) {
  if (limits->wall_seconds == 0) return -1;
  const struct itimerspec once = {.it_value.tv_sec = (time_t)limits->wall_seconds};
  int timer = timerfd_create(CLOCK_BOOTTIME, TFD_CLOEXEC | TFD_NONBLOCK);
  if (timer < 0 || timerfd_settime(timer, 0, &once, NULL) != 0) fail("limit-refused", "cannot limit the time");
  return timer;
}
