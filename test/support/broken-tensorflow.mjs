/**
 * Preloaded into a process (`node --import`): the native part of tfjs-node does not load, as where a library of the system is missing.
 */
import process from 'node:process';

const { dlopen } = process;
process.dlopen = (module, file, ...rest) => {
  if (file.includes('tfjs_binding')) throw new Error('libtensorflow_cc.so.2: cannot open shared object file');
  return dlopen.call(process, module, file, ...rest);
};
