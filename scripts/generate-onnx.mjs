/**
 * Makes the messages of ONNX files, src/formats/onnx/onnx_pb.ts, from the definition that ONNX's own package has:
 * `node scripts/generate-onnx.mjs`, for whoever moves to a newer ONNX. The result is committed.
 */
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { runCommand } from './setup/command.mjs';
import { runProgram } from './setup/program.mjs';
import { pythonEnvironment } from './setup/python-environment.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));
/** Of the generator; that of @bufbuild/protobuf in package.json is at least this. */
const generator = '@bufbuild/protoc-gen-es@2.13.0';
const onnx = '1.23.2';
const packages = [`onnx==${onnx}`, 'grpcio-tools==1.85.1'];

await runCommand(async () => {
  const programs = await pythonEnvironment(root, `onnx-definition-${onnx}`, packages);
  if (programs === null) throw new Error('The definition could not be had.');
  const settings = { cwd: root, env: process.env };
  const python = join(programs, 'python');
  const where = await runProgram(
    python,
    ['-c', 'import importlib.util as u; print(u.find_spec("onnx").submodule_search_locations[0])'],
    settings,
  );
  const target = join(root, 'src/formats/onnx');
  const protoc = [
    '-m',
    'grpc_tools.protoc',
    `--es_out=${target}`,
    '--es_opt=target=ts',
    `-I${where.output.trim()}`,
    'onnx.proto',
  ];
  const made = await runProgram('npx', ['--yes', '--package', generator, '--', python, ...protoc], settings);
  if (made.exitCode !== 0) throw new Error(made.output);
});
