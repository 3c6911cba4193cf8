/** Variables whose values were looked at one by one; whoever merely copies an environment heeds none. */
export interface WatchedVariables {
  readonly environment: Readonly<Record<string, string>>;
  readonly heeded: ReadonlySet<string>;
}

/** The same environment, of which one can tell afterwards what of it counted. */
export function watchVariables(environment: Readonly<Record<string, string>>): WatchedVariables {
  const heeded = new Set<string>();
  // A copy asks about each name before it takes the value: ECMA-262, EnumerableOwnProperties and CopyDataProperties.
  let copied: string | symbol | undefined;
  const proxy = new Proxy(environment, {
    getOwnPropertyDescriptor(target, name) {
      copied = name;
      return Reflect.getOwnPropertyDescriptor(target, name);
    },
    get(target, name) {
      if (name !== copied && typeof name === 'string') heeded.add(name);
      copied = undefined;
      return Reflect.get(target, name) as unknown;
    },
  });
  return { environment: proxy, heeded };
}
