#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../src/terminal.h"
#include "looks.h"
#include "process.h"
#include "session.h"

/* Both are in it, and the words of the command. */
#define SETTINGS_MAX_BYTES FRAME_MAX_BYTES
/* The type of a frame, and what of it is looked at. */
#define PEEKED_BYTES 96

extern char **environ;

struct buffer {
  unsigned char *data;
  size_t size, room;
};

static bool append(struct buffer *buffer, const void *bytes, size_t size) {
  if (size > buffer->room - buffer->size) return false;
  memcpy(buffer->data + buffer->size, bytes, size);
  buffer->size += size;
  return true;
}

static bool append_size(struct buffer *buffer, size_t size) {
  unsigned char bytes[FRAME_SIZE_BYTES];
  frame_put_size(bytes, (uint32_t)size);
  return append(buffer, bytes, sizeof bytes);
}

/* A frame of a type and one list. */
static bool append_list(struct buffer *buffer, const char *type, const struct buffer *list) {
  return append_size(buffer, 4 + strlen(type) + 4 + list->size) && append_size(buffer, strlen(type)) && append(buffer, type, strlen(type)) && append_size(buffer, list->size) && append(buffer, list->data, list->size);
}

static bool append_words(struct buffer *list, const struct request *request) {
  bool done = true;
  if (request->line != NULL) done = append(list, "bash\0-c", sizeof "bash\0-c") && append(list, request->line, strlen(request->line) + 1);
  for (int i = 0; done && i < request->count; i++) done = append(list, request->words[i], strlen(request->words[i]) + 1);
  return done;
}

/* Of the names that are passed, the values as they are now; the plan's own after them. */
static bool append_variables(struct buffer *list, const struct kept *kept) {
  for (const char *name = next_string(kept->passed, NULL); name != NULL; name = next_string(kept->passed, name)) {
    const char *value = getenv(name);
    if (value == NULL) continue; /* OLDPWD, say */
    if (!append(list, name, strlen(name)) || !append(list, "=", 1) || !append(list, value, strlen(value) + 1)) return false;
  }
  return append(list, kept->set.data, kept->set.size);
}

static bool buffer_make(struct buffer *buffer, size_t room) {
  *buffer = (struct buffer){malloc(room), 0, room};
  return buffer->data != NULL;
}

static bool settings_make(const struct session *session, const struct kept *kept, const struct request *request, struct buffer *out) {
  struct buffer list;
  struct field settings;
  const size_t room = SETTINGS_MAX_BYTES;
  if (!buffer_make(&list, room) || !buffer_make(out, room) || !session_rename(session, kept, kept->settings, &settings)) return false;
  bool done = append(out, settings.data, settings.size) && append_words(&list, request) && append_list(out, "argv", &list);
  list.size = 0;
  done = done && append_variables(&list, kept) && append_list(out, "environment", &list);
  free(list.data);
  return done;
}

/* ../src/run.h */
static bool send_launch(const struct session *session, const struct kept *kept, const struct request *request) {
  unsigned char numbers[3][8];
  char turns[PATH_MAX + 8];
  struct buffer settings;
  struct field arguments;
  if (!settings_make(session, kept, request, &settings) || !session_rename(session, kept, kept->bwrap_arguments, &arguments)) return false;
  snprintf(turns, sizeof turns, "%s/turns", session->directory);
  const struct field fields[] = {
      field_string("launch"), kept->bwrap, field_u64(session->pod_pid, numbers[0]), field_u64(session->user_namespace, numbers[1]), field_u64(session->network_namespace, numbers[2]),
      arguments, {settings.data, (uint32_t)settings.size}, field_string(""), field_string(""), field_string(""), field_string(turns),
  };
  const bool done = frame_write(session->channel, fields, sizeof fields / sizeof *fields);
  free(settings.data);
  return done;
}

bool session_run(struct session *session, const struct kept *kept, const struct request *request) {
  char helper[PATH_MAX];
  char *words[] = {helper, "run", "--channel", "3", NULL};
  int channel[2];
  if (!kept_path(kept->helper, helper) || socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, channel) != 0) return false;
  session->command = process_start(words, (int[]){0, 1, 2, channel[1]}, 4, false);
  close(channel[1]);
  session->channel = channel[0];
  return session->command > 0 && send_launch(session, kept, request);
}

/* Looks at the frame that comes next without taking it. False: its beginning is not all there yet. */
static bool peek_frame(int channel, unsigned char peeked[PEEKED_BYTES], struct frame *out, uint32_t *size) {
  const ssize_t got = recv(channel, peeked, PEEKED_BYTES, MSG_PEEK | MSG_DONTWAIT);
  *out = (struct frame){0};
  if (got < (ssize_t)FRAME_SIZE_BYTES) return false;
  *size = frame_size(peeked);
  if (*size > PEEKED_BYTES - FRAME_SIZE_BYTES) return true; /* none of the two */
  if ((uint32_t)got < *size + FRAME_SIZE_BYTES) return false;
  if (!frame_parse(peeked + FRAME_SIZE_BYTES, *size, out)) out->count = 0;
  return true;
}

static bool take_frame(int channel, uint32_t size) {
  unsigned char bytes[PEEKED_BYTES];
  return recv(channel, bytes, size + FRAME_SIZE_BYTES, MSG_WAITALL) == (ssize_t)(size + FRAME_SIZE_BYTES);
}

enum next { WAIT, ENDED, NODE };

/* What the command's first process says (../src/init.h), as long as it is no more than that it runs and has ended. */
static enum next hear(struct session *session, const struct kept *kept, int *status) {
  unsigned char peeked[PEEKED_BYTES];
  struct frame frame;
  uint32_t size = 0;
  uint64_t code;
  while (peek_frame(session->channel, peeked, &frame, &size)) {
    if (frame_is(&frame, "started", 3)) {
      if (!take_frame(session->channel, size)) return NODE;
      continue;
    }
    if (!frame_is(&frame, "exit", 3) || !field_number(frame.fields[1], &code) || looks_show_something_new(kept)) return NODE;
    *status = (int)code;
    return take_frame(session->channel, size) ? ENDED : NODE;
  }
  return WAIT;
}

struct terminal terminal_now(bool is_shared) {
  return (struct terminal){is_shared, is_shared && terminal_is_foreground()};
}

void terminal_reclaim(const struct terminal *terminal) {
  char *words[] = {"reclaim", "ended"};
  if (terminal->is_foreground) (void)terminal_main(2, words);
}

/* "signal", number. Those of a terminal reach the command too if it shares it, or owns it; all others are for the command. */
static void pass_signal(const struct session *session, int signals, struct terminal *terminal) {
  struct signalfd_siginfo got;
  unsigned char number[8];
  if (read(signals, &got, sizeof got) != sizeof got) return;
  if (got.ssi_signo == SIGCONT) {
    terminal->is_foreground = terminal_now(terminal->is_shared).is_foreground;
    const struct field fields[] = {field_string("continue"), field_u64(terminal->is_foreground, number)};
    (void)frame_write(session->channel, fields, 2);
    return;
  }
  if (terminal->is_shared && (got.ssi_signo == SIGINT || got.ssi_signo == SIGQUIT)) return;
  const struct field fields[] = {field_string("signal"), field_u64(got.ssi_signo, number)};
  (void)frame_write(session->channel, fields, 2);
}

enum outcome session_follow(struct session *session, const struct kept *kept, int signals, struct terminal *terminal, int *status) {
  struct pollfd watched[] = {{session->channel, POLLIN, 0}, {session->messages, POLLIN, 0}, {signals, POLLIN, 0}};
  for (;;) {
    if (poll(watched, 3, -1) < 0 && errno != EINTR) return NODE_IS_NEEDED;
    const enum next next = watched[0].revents != 0 ? hear(session, kept, status) : WAIT;
    if (next == ENDED) {
      process_wait(session->command);
      return COMMAND_ENDED;
    }
    if (next == NODE) return NODE_IS_NEEDED;
    if ((watched[0].revents & (POLLHUP | POLLERR)) != 0) {
      /* Without a word: how its starter ended tells why. */
      session->status = process_wait(session->command);
      session->has_ended = true;
      return NODE_IS_NEEDED;
    }
    if (watched[1].revents != 0) return NODE_IS_NEEDED; /* something arrived at a listener, or the network has ended */
    if (watched[2].revents != 0) pass_signal(session, signals, terminal);
  }
}
