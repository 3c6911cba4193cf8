#include "contained.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "failure.h"
#include "frame.h"
#include "init.h"
#include "launch_channel.h"

static struct field receive_settings(int channel) {
  unsigned char *buffer = malloc(FRAME_MAX_BYTES);
  struct frame frame;
  if (buffer == NULL) fail("no-memory", "cannot receive the settings");
  int status = frame_read(channel, buffer, FRAME_MAX_BYTES, &frame);
  if (status == 0) errno = 0;
  if (status != 1) fail("settings-missing", "the session ended before it sent the settings");
  errno = 0;
  if (!frame_is(&frame, "settings", 2)) fail("settings-malformed", "the session sent something else than settings");
  return frame.fields[1];
}

int contained_main(int argc, char **argv) {
  char channel_text[16], settings_text[16];
  errno = 0;
  if (argc != 2) fail("usage", "contained: expected SOCKET and \"terminal\" or \"background\"");
  int channel = connect_session(argv[0]);
  int settings = sealed_memory("srt-init-settings", receive_settings(channel));
  snprintf(channel_text, sizeof channel_text, "%d", channel);
  snprintf(settings_text, sizeof settings_text, "%d", settings);
  char *words[] = {channel_text, settings_text, argv[1], (char *)(uintptr_t)"0", (char *)(uintptr_t)"0", (char *)(uintptr_t)"-1", (char *)(uintptr_t)"-", (char *)(uintptr_t)"0", NULL};
  return init_main(8, words);
}

int hold_main(int argc, char **argv) {
  char ignored[64];
  (void)argc, (void)argv;
  signal(SIGPIPE, SIG_IGN);
  if (puts("held") < 0 || fflush(stdout) != 0) return EXIT_HELPER_FAILED;
  for (;;) {
    ssize_t count = read(STDIN_FILENO, ignored, sizeof ignored);
    if (count == 0 || (count < 0 && errno != EINTR)) return 0;
  }
}
