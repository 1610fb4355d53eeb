"""Runs a command on a terminal of its own, as its session leader, shows what it prints there, and closes the terminal when standard input ends."""
import os
import pty
import sys
import threading

pid, terminal = pty.fork()
if pid == 0:
    os.execvp(sys.argv[1], sys.argv[1:])


def show():
    try:
        while chunk := os.read(terminal, 4096):
            os.write(1, chunk)
    except OSError:
        pass


threading.Thread(target=show, daemon=True).start()
sys.stdin.read()
# Not by close(): the thread above keeps the terminal open while it reads.
os._exit(0)
