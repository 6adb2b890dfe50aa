# SPDX-License-Identifier: Apache-2.0
"""The private folder of one run, the processes in it, and their end."""
import ctypes
import os
import random
import shutil
import signal
import socket
import subprocess
import sys
import tempfile

from .wait import Timeout, wait_until

CLONE_NEWNS, CLONE_NEWPID, PR_SET_PDEATHSIG = 0x00020000, 0x20000000, 1
# Numbers without names: nothing is added to /etc/passwd.
FILTER_UID, PORTAL_UID, SHARED_GID = 64001, 64002, 64000

# Fetches Debian's Postfix into the build folder, once.
UNPACK = os.path.join(os.path.dirname(__file__), "..", "..", "packaging", "unpack-packages")


class Isolation:
    """What this run has for itself. `pid` is ours as others see it."""
    mounts = False
    pid = os.getpid()


def isolate():
    """Call first. Becomes root, since Postfix's master must be, and takes namespaces of its own for mounts and
    processes: what is mounted is seen by nobody else, and what runs ends with us, however we end. In containers that
    do not allow this, goes on without."""
    if os.geteuid() != 0:
        os.execvp("sudo", ["sudo", sys.executable, "-B", *sys.argv])
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.unshare(CLONE_NEWNS | CLONE_NEWPID) != 0:
        return
    child = os.fork()
    if child:
        _stand_by(child)
    os.setsid()
    libc.prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    Isolation.pid = int(os.readlink("/proc/self"))
    Isolation.mounts = _keep_mounts_private()
    subprocess.run(["mount", "-t", "proc", "proc", "/proc"], check=True)


def _keep_mounts_private():
    """Whether what is mounted below /run stays our own. In a chroot, "/" is a folder and not a mount: then each mount
    that can be seen is made private by itself."""
    if _mount("--make-rprivate", "/"):
        return True
    with open("/proc/self/mountinfo", encoding="utf-8") as mounts:
        points = [line.split()[4] for line in mounts]
    private = {point for point in points if _mount("--make-private", point)}
    return "/run" in private


def _mount(*arguments):
    return subprocess.run(["mount", *arguments], stderr=subprocess.DEVNULL).returncode == 0


def _stand_by(child):
    """The process that was started: passes signals on, and ends as the other one does."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, lambda number, _: os.kill(child, number))
    code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    os._exit(code if code >= 0 else 128 - code)


def _bind(source, target):
    os.makedirs(target, exist_ok=True)
    return _mount("--bind", source, target)


class Place:
    """/run/phimilter-XXXX for one run. Other users must be able to reach it, which they cannot below /root, and
    programs must be able to run from it, which Debian forbids in /run. So it is a mount point: the files are in the
    build folder. Where mounting is not allowed (some containers), it is a plain folder with copies."""

    def __init__(self, build):
        os.umask(0o022)
        self.build = os.path.abspath(build)
        self.root = tempfile.mkdtemp(prefix="phimilter-", dir="/run")
        os.chmod(self.root, 0o755)
        self._storage = os.path.join(self.build, "run", os.path.basename(self.root))
        self._mounted = False
        self._processes = []
        self._closed = False
        self._ports = set()
        for number in (signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, lambda *_: sys.exit(143))
        try:
            if Isolation.mounts:
                os.makedirs(self._storage, mode=0o755)
                self._mounted = _bind(self._storage, self.root)
            self.logs = self.folder("logs", 0o755)
            subprocess.run([UNPACK, os.path.join(self.build, "debian")], check=True)
            self.programs = self._reach(os.path.join(self.build, "bin"), "programs")
            self.debian = self._reach(os.path.join(self.build, "debian"), "debian")
        except BaseException:
            self.close()
            raise

    def _reach(self, source, name):
        target = self.path(name)
        if not os.path.isdir(source):
            return None
        if self._mounted:
            if not _bind(source, target):
                raise OSError(f"cannot mount {source}")
            subprocess.run(["mount", "-o", "remount,bind,ro", target], check=True)
        else:
            shutil.copytree(source, target, symlinks=True)
        return target

    def path(self, *parts):
        return os.path.join(self.root, *parts)

    def folder(self, name, mode=0o755, uid=0, gid=0):
        path = self.path(name)
        os.makedirs(path, exist_ok=True)
        os.chmod(path, mode)
        os.chown(path, uid, gid)
        return path

    def write(self, name, content, mode=0o644, uid=0, gid=0):
        path = self.path(name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "wb") as file:
            file.write(content if isinstance(content, bytes) else content.encode())
        os.chmod(path, mode)
        os.chown(path, uid, gid)
        return path

    def free_port(self):
        """Below the range from which the kernel takes ports for clients. Really free: Postfix listens with
        SO_REUSEPORT, so that a second listener on one port would get a share of the connections."""
        while True:
            port = random.randrange(20000, 32000)
            with socket.socket() as probe:
                try:
                    probe.bind(("127.0.0.1", port))
                except OSError:
                    continue
            if port not in self._ports:
                self._ports.add(port)
                return port

    def start(self, name, arguments, uid=0, gid=0, groups=(), environment=None, cwd=None):
        process = Process(self, name, arguments, uid, gid, groups, environment, cwd)
        self._processes.append(process)
        return process

    def close(self):
        """Ends every process, removes the folder. Returns what was still running, for a test to complain about."""
        if self._closed:
            return []
        self._closed = True
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, signal.SIG_IGN)
        for process in reversed(self._processes):
            process.stop()
        try:
            # What was killed a moment ago may still be listed.
            wait_until(lambda: not self._leftovers(), "the last processes to end", 3)
        except Timeout:
            pass
        leftovers = self._leftovers()
        for pid, _ in leftovers:
            _kill(pid, signal.SIGKILL)
        if self._mounted:
            # Away with the mounts first: below them is the build folder itself.
            subprocess.run(["umount", "--lazy", self.root], stderr=subprocess.DEVNULL)
            if not os.path.ismount(self.root):
                os.rmdir(self.root)
            shutil.rmtree(self._storage, ignore_errors=True)
        else:
            shutil.rmtree(self.root, ignore_errors=True)
        return leftovers

    def _leftovers(self):
        found = []
        for pid in filter(str.isdigit, os.listdir("/proc")):
            try:
                with open(f"/proc/{pid}/cmdline", "rb") as file:
                    command = file.read().replace(b"\0", b" ").decode(errors="replace")
                with open(f"/proc/{pid}/environ", "rb") as file:
                    ours = self.root.encode() in file.read()
            except OSError:
                continue
            if int(pid) != os.getpid() and command and (ours or self.root in command):
                found.append((int(pid), command.strip()))
        return found

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()


def _kill(pid, number):
    try:
        os.kill(pid, number)
    except ProcessLookupError:
        pass


class Process:
    """A program that runs until it is stopped, or until we die: setpriv's death signal sees to that."""

    def __init__(self, place, name, arguments, uid, gid, groups, environment, cwd):
        self.name = name
        self.log = os.path.join(place.logs, f"{name}.log")
        command = ["setpriv", "--pdeathsig", "TERM"]
        if uid:
            listed = ",".join(str(group) for group in groups)
            command += [f"--reuid={uid}", f"--regid={gid}"]
            command += [f"--groups={listed}"] if listed else ["--clear-groups"]
        clean = {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "LANG": "C.UTF-8", "HOME": place.root,
                 "PHIMILTER_PLACE": place.root}
        with open(self.log, "ab") as log:
            self.log_start = log.tell()
            self._popen = subprocess.Popen([*command, *arguments], stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                                           env={**clean, **(environment or {})}, cwd=cwd or place.root,
                                           start_new_session=True)
        self.pid = self._popen.pid

    @property
    def exit_code(self):
        return self._popen.poll()

    def running(self):
        return self.exit_code is None

    def log_text(self):
        """Of all processes of this name; this one's begins at `log_start`."""
        with open(self.log, "rb") as file:
            return file.read().decode("latin-1")

    def wait_log(self, text, seconds=30):
        def seen():
            if text in self.log_text():
                return True
            if not self.running():
                raise Timeout(f"{self.name} ended ({self.exit_code}) before it said '{text}':\n{self.log_text()}")
            return False
        wait_until(seen, lambda: f"'{text}' in the log of {self.name}:\n{self.log_text()[-2000:]}", seconds)

    def kill(self):
        """SIGKILL, as a crash or the kernel would."""
        self._popen.kill()
        self._popen.wait()

    def stop(self, seconds=15):
        if self.running():
            self._popen.terminate()
            try:
                self._popen.wait(seconds)
            except subprocess.TimeoutExpired:
                pass
        try:
            os.killpg(self.pid, signal.SIGKILL)
        except (ProcessLookupError, PermissionError):
            pass
        self._popen.wait()
        return self.exit_code
