/* srt-helper: what Node and bubblewrap cannot do for the sandbox. See ../README.md. */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "contained.h"
#include "failure.h"
#include "init.h"
#include "leftovers.h"
#include "pod.h"
#include "run.h"
#include "stand_in.h"
#include "supervised_calls.h"
#include "terminal.h"

#ifndef SRT_VERSION
#error "SRT_VERSION is set by build.mjs from package.json"
#endif

static int version_main(int argc, char **argv) {
  (void)argc, (void)argv;
  puts(SRT_VERSION);
  return 0;
}

static const struct {
  const char *name;
  int (*main)(int argc, char **argv);
} commands[] = {
    {"pod", pod_main},          {"run", run_main},
    {"init", init_main},        {"sweep", sweep_main},
    {"terminal", terminal_main}, {"supervised-calls", supervised_calls_main},
    {"contained", contained_main}, {"hold", hold_main},
    {"version", version_main},   {"supervision", supervision_main},
};

int main(int argc, char **argv) {
  const char *program = stand_in_name();
  if (program != NULL) return stand_in_main(program, argc, argv);
  for (size_t i = 0; argc > 1 && i < sizeof commands / sizeof *commands; i++)
    if (strcmp(argv[1], commands[i].name) == 0) return commands[i].main(argc - 2, argv + 2);
  fputs("usage: srt-helper pod | run | init | sweep | terminal | contained | hold | supervised-calls | supervision | version\n", stderr);
  return 2;
}
