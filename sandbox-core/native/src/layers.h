/*
 * Throw-away layers: what a command changes below a directory goes to a directory of the session instead
 * (overlayfs, mounted in the pod's user namespace, so it takes no privileges; kernel 5.11).
 */
#ifndef SRT_LAYERS_H
#define SRT_LAYERS_H

#include "frame.h"

/*
 * Must be called in the pod's user namespace; makes a mount namespace of its own. Does nothing without layers.
 *
 * layers: directory, upper directory, work directory of each (NUL-terminated each)
 * kept:   directories below them that stay the host's own (NUL-terminated each)
 */
void layers_mount(struct field layers, struct field kept);

#endif
