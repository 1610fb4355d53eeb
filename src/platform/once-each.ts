/**
 * What follows from an object that never changes, worked out when it is first asked for and kept as long as the object.
 */
export function onceEach<K extends object, V extends {}>(workOut: (key: K) => V): (key: K) => V {
  const known = new WeakMap<K, V>();
  return (key) => {
    let value = known.get(key);
    if (value === undefined) {
      value = workOut(key);
      known.set(key, value);
    }
    return value;
  };
}
