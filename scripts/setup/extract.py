"""Takes the files under some prefixes out of a wheel, one stream each: extract.py WHEEL FOLDER PREFIX..."""

import os
import shutil
import sys
import zipfile

wheel, folder, *prefixes = sys.argv[1:]
with zipfile.ZipFile(wheel) as archive:
    for member in archive.infolist():
        if member.is_dir() or not member.filename.startswith(tuple(prefixes)):
            continue
        target = os.path.join(folder, member.filename)
        if not os.path.realpath(target).startswith(os.path.realpath(folder) + os.sep):
            sys.exit(f"{member.filename} would lie outside the folder")
        os.makedirs(os.path.dirname(target), exist_ok=True)
        with archive.open(member) as source, open(target, "wb") as sink:
            shutil.copyfileobj(source, sink, 1 << 20)
