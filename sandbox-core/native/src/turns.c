#include "turns.h"

#include <errno.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/file.h>
#include <sys/mman.h>

#include "directory_paths.h"
#include "failure.h"

static struct {
  int file;
  _Atomic uint64_t *moves; /* NULL: no turns are taken */
  uint64_t seen;
} turns;

bool turns_start(int file) {
  if (file < 0) return false;
  void *at = mmap(NULL, sizeof *turns.moves, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
  if (at == MAP_FAILED) fail("no-supervision", "cannot take turns with the session's other commands");
  turns.file = file;
  turns.moves = at;
  return true;
}

void turn_take(void) {
  if (turns.moves == NULL) return;
  while (flock(turns.file, LOCK_EX) != 0)
    if (errno != EINTR) fail("no-supervision", "cannot wait for the session's other commands");
  const uint64_t moves = atomic_load(turns.moves);
  if (moves != turns.seen) directory_paths_forget();
  turns.seen = moves;
}

void turn_give(void) {
  if (turns.moves != NULL) (void)flock(turns.file, LOCK_UN);
}

void turns_directory_moved(void) {
  directory_paths_forget();
  if (turns.moves != NULL) turns.seen = atomic_fetch_add(turns.moves, 1) + 1;
}
