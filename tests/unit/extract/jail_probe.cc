// SPDX-License-Identifier: Apache-2.0
//
// Goes to jail and then does what the argument says. Ends with 0 when it was let do so, with 3 when
// the jail could not be entered.
#include <fcntl.h>
#include <netinet/in.h>
#include <sys/mman.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include <csignal>
#include <cstdlib>
#include <cstring>
#include <functional>
#include <map>
#include <string>

#include "extract/jail.h"
#include "extract/tool_jail.h"

namespace {

void open_file() {
  (void)::open("/etc/passwd", O_RDONLY);
}
void execute() {
  char name[] = "/bin/true";
  char* arguments[] = {name, nullptr};
  (void)::execv(name, arguments);
}
void connect_out() {
  sockaddr_in to{};
  to.sin_family = AF_INET;
  (void)::connect(3, reinterpret_cast<const sockaddr*>(&to), sizeof to);
}
void map_code() {
  (void)::mmap(nullptr, 4096, PROT_READ | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
}
void make_code() {
  void* memory = ::mmap(nullptr, 4096, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  (void)::mprotect(memory, 4096, PROT_READ | PROT_EXEC);
}
void raise_limit() {
  const rlimit limit{1, 1};
  (void)::setrlimit(RLIMIT_NOFILE, &limit);
}
void use_memory() {
  const std::size_t size = 900U * 1024 * 1024;
  void* memory = std::malloc(size);
  if (memory == nullptr) {
    std::abort();
  }
  std::memset(memory, 1, size);
}
void burn_time() {
  const volatile bool forever = true;
  while (forever) {
  }
}

const std::map<std::string, std::function<void()>> kDeeds{
    {"nothing", [] {}},
    {"open", open_file},
    {"openat", [] { (void)::openat(AT_FDCWD, "/etc/passwd", O_RDONLY); }},
    {"socket", [] { (void)::socket(AF_INET, SOCK_STREAM, 0); }},
    {"connect", connect_out},
    {"execve", execute},
    {"fork", [] { (void)::fork(); }},
    {"ptrace", [] { (void)::ptrace(PTRACE_TRACEME, 0, nullptr, nullptr); }},
    {"kill", [] { (void)::kill(::getppid(), 0); }},
    {"getcwd",
     [] {
       char path[64];
       (void)!::getcwd(path, sizeof path);
     }},
    {"mmap code", map_code},
    {"mprotect code", make_code},
    {"setrlimit", raise_limit},
    {"memory", use_memory},
    {"time", burn_time},
};

bool opens(const char* path, int flags) {
  return ::open(path, flags, 0600) >= 0;
}

int do_in_tool_jail(const std::string& deed) {
  if (!phimilter::extract::enter_tool_jail({})) {
    return 3;
  }
  if (deed == "read secrets") {
    return opens("/etc/passwd", O_RDONLY) || opens("/proc/self/maps", O_RDONLY) ||
                   opens("/", O_RDONLY) || opens("/root", O_RDONLY) || opens("/tmp", O_RDONLY) ||
                   opens("/etc/hostname", O_RDONLY) || opens("/var/spool", O_RDONLY)
               ? 4
               : 0;
  }
  if (deed == "write") {
    return opens("/tmp/phimilter-jail-probe", O_WRONLY | O_CREAT) ||
                   opens("/usr/lib/probe", O_WRONLY | O_CREAT)
               ? 4
               : 0;
  }
  if (deed == "read libraries") {
    return opens("/etc/ld.so.cache", O_RDONLY) ? 4 : 0;
  }
  kDeeds.at(deed)();
  return 0;
}

}  // namespace

int main(int count, char** arguments) {
  if (count > 2 && std::string(arguments[1]) == "tool") {
    ::_exit(do_in_tool_jail(arguments[2]));
  }
  const auto deed = kDeeds.find(count > 1 ? arguments[1] : "");
  int sockets[2];
  if (deed == kDeeds.end() || ::socketpair(AF_UNIX, SOCK_STREAM, 0, sockets) != 0) {
    return 2;
  }
  if (!phimilter::extract::enter_jail(sockets[0], sockets[1])) {
    ::_exit(3);
  }
  deed->second();
  ::_exit(0);
}
