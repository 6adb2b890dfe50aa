// SPDX-License-Identifier: Apache-2.0
#include <grp.h>
#include <libmilter/mfapi.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/files.h"
#include "milter/callbacks.h"

namespace phimilter::milter {

namespace {

constexpr int kBacklog = 256;

Fault socket_fault(std::string text, const std::string& socket) {
  return configuration_fault("milter.socket", std::move(text)).with("socket", socket);
}

// "inet:address:port" is "inet:port@address" or "inet6:..." for libmilter.
Result<std::string> libmilter_form(const std::string& socket) {
  if (socket.rfind("unix:", 0) == 0) {
    return socket;
  }
  const auto colon = socket.rfind(':');
  if (socket.rfind("inet:", 0) != 0 || colon <= 5) {
    return fail(socket_fault("milter.socket is written unix:/path or inet:address:port", socket));
  }
  std::string address = socket.substr(5, colon - 5);
  const bool v6 = address.front() == '[' && address.back() == ']';
  if (v6) {
    address = address.substr(1, address.size() - 2);
  }
  return (v6 ? "inet6:" : "inet:") + socket.substr(colon + 1) + '@' + address;
}

Status give_to_group(const std::string& path, const std::string& name) {
  const struct group* found = ::getgrnam(name.c_str());
  if (found == nullptr) {
    return fail(
        configuration_fault("milter.socket_group", "there is no such group").with("group", name));
  }
  if (::chown(path.c_str(), static_cast<uid_t>(-1), found->gr_gid) != 0) {
    Fault fault = errno_fault("milter.socket_group", "cannot give the socket to the group");
    fault.kind = FaultKind::configuration;
    return fail(std::move(fault.with("group", name)));
  }
  return {};
}

}  // namespace

Status listen(const std::string& socket, const std::string& group) {
  auto form = libmilter_form(socket);
  if (!form) {
    return fail(form);
  }
  smfi_setbacklog(kBacklog);
  if (smfi_setconn(form->data()) != MI_SUCCESS) {
    return fail(socket_fault("libmilter does not take this socket", socket));
  }
  // The mode of the socket comes from the umask of this moment.
  const mode_t before = ::umask(0117);
  const int opened = smfi_opensocket(true);
  ::umask(before);
  if (opened != MI_SUCCESS) {
    return fail(socket_fault("cannot listen at milter.socket", socket));
  }
  const bool is_path = socket.rfind("unix:", 0) == 0;
  return is_path && !group.empty() ? give_to_group(socket.substr(5), group) : Status();
}

}  // namespace phimilter::milter
