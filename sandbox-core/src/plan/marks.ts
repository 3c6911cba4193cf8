/**
 * What the preloaded library puts into the sixth argument of a path call. Keep in step with native/preload/marks.h, which says
 * what each is for (a test holds them together).
 */
export const MARKS = { pass: 0x9d3c51e6, refused: 0x9d3c51e7, missing: 0x9d3c51e8, query: 0x9d3c51e9, deliver: 0x9d3c51ea, channel: 0x9d3c51eb, looked: 0x9d3c51ec } as const;
