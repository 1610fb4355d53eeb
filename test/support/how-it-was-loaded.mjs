/**
 * A thread's file that tells how it was loaded: Node's frames of `require` stand in the stack of what it runs.
 */
const { stack = '' } = new Error();

export default function howItWasLoaded() {
  return /importSyncForRequire|loadESMFromCJS/.test(stack) ? 'required' : 'imported';
}
