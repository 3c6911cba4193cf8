/*
 * What the preloaded library puts into the sixth argument of a path call, which the kernel ignores and the filter sees.
 * Keep in step with src/plan/marks.ts (a test holds them together).
 *
 * Marks are no secret. Any program may use them: a mark spares a question that only serves the report of violations, and
 * opens nothing, because the filter heeds none on a call in which a name has to be held.
 */
#ifndef SRT_MARKS_H
#define SRT_MARKS_H

/* Let it pass: if it fails, it comes again. */
#define MARK_PASS 0x9d3c51e6L
/* It came back refused: have it judged. */
#define MARK_REFUSED 0x9d3c51e7L
/* It came back with ENOENT, which is a refusal only below a hidden directory that can be passed through. */
#define MARK_MISSING 0x9d3c51e8L
/* Not a call at all: which calls may be marked? Answered with an error. */
#define MARK_QUERY 0x9d3c51e9L
#define QUERY_NONE EACCES
#define QUERY_READS ENOSYS /* opens for reading */
#define QUERY_ALL EPERM /* all but opens for writing */
/* An open that the supervisor makes: what it opens may be sent through the channel that the fifth argument tells of. */
#define MARK_DELIVER 0x9d3c51eaL
/* Not a call at all: lend me a channel. */
#define MARK_CHANNEL 0x9d3c51ebL
/* Not a call at all, and always refused: something that does not open was, stat(2) or chdir(2). The fourth argument: what it was for, access(2). */
#define MARK_LOOKED 0x9d3c51ecL
/* What such an open returns then: no descriptor is as high. */
#define DELIVERED 0x7a000000L

#endif
