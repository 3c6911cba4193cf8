/** Something that takes a while to make, or to load, and that most sessions never need: made when it is first asked for. */
export interface MadeOnce<Value> {
  (): Value;
  /** If it was made. */
  made(): Value | undefined;
}

export function once<Value extends object>(make: () => Value): MadeOnce<Value> {
  let value: Value | undefined;
  return Object.assign(() => (value ??= make()), { made: () => value });
}
