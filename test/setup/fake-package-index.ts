/**
 * Tiny wheels in a folder that pip uses instead of PyPI, so that the setup's own pip, g++ and cache run for real without a network.
 */
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Wheel } from '../../scripts/setup/wheel.mjs';

const platform = 'manylinux_2_27_x86_64';

/** Zips the files below a folder under their relative paths. */
const zipFolder = `
import os, sys, zipfile
folder, wheel = sys.argv[1:]
with zipfile.ZipFile(wheel, "w", zipfile.ZIP_DEFLATED) as archive:
    for place, _, names in os.walk(folder):
        for name in names:
            path = os.path.join(place, name)
            archive.write(path, os.path.relpath(path, folder))
`;

export class FakePackageIndex {
  readonly folder: string;

  constructor(folder: string) {
    this.folder = join(folder, 'index');
    mkdirSync(this.folder, { recursive: true });
  }

  /** What makes pip look here and nowhere else. */
  get env(): NodeJS.ProcessEnv {
    return { PIP_NO_INDEX: '1', PIP_FIND_LINKS: this.folder, PIP_CONFIG_FILE: '/dev/null' };
  }

  /** Publishes a wheel with these files and returns it pinned, by its hash or by a wrong one. */
  publish(
    name: string,
    version: string,
    files: Record<string, string | Buffer>,
    pin: 'right' | 'wrong' = 'right',
  ): Wheel {
    const contents = join(this.folder, `${name}-contents`);
    const information = {
      [`${name}-${version}.dist-info/METADATA`]: `Metadata-Version: 2.1\nName: ${name}\nVersion: ${version}\n`,
      [`${name}-${version}.dist-info/WHEEL`]: `Wheel-Version: 1.0\nRoot-Is-Purelib: false\nTag: cp312-cp312-${platform}\n`,
      [`${name}-${version}.dist-info/RECORD`]: '',
    };
    for (const [path, content] of Object.entries({ ...files, ...information })) {
      mkdirSync(join(contents, path, '..'), { recursive: true });
      writeFileSync(join(contents, path), content);
    }
    const wheel = join(this.folder, `${name}-${version}-cp312-cp312-${platform}.whl`);
    execFileSync('python3', ['-c', zipFolder, contents, wheel]);
    const hash = createHash('sha256')
      .update(pin === 'right' ? readFileSync(wheel) : 'another wheel')
      .digest('hex');
    const requirements = join(this.folder, `${name}.txt`);
    writeFileSync(requirements, `${name}==${version} --hash=sha256:${hash}\n`);
    return { requirements, platform };
  }
}
