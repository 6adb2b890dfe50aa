// SPDX-License-Identifier: Apache-2.0
#include "phictl/postfix_config.h"

#include <algorithm>
#include <array>

#include "base/encoding.h"
#include "base/run_program.h"

namespace phimilter::phictl {
namespace {

constexpr std::string_view kBlanks = " \t\r\n";

Result<std::string> ask(const std::vector<std::string>& words) {
  auto answer = run_program(words);
  if (!answer) {
    return fail(answer);
  }
  if (answer->exit_code != 0) {
    return fail(configuration_fault("doctor.postconf", "postconf refuses the folder")
                    .with("said", std::string(trim(answer->complaint))));
  }
  return std::move(answer->output);
}

std::string port_of(std::string_view listener) {
  const auto colon = listener.rfind(':');
  return std::string(colon == std::string_view::npos ? listener : listener.substr(colon + 1));
}

std::string host_of(std::string_view listener) {
  const auto colon = listener.rfind(':');
  std::string host(colon == std::string_view::npos ? "" : listener.substr(0, colon));
  host.erase(std::remove_if(host.begin(), host.end(), [](char c) { return c == '[' || c == ']'; }),
             host.end());
  return host;
}

bool is_loopback(std::string_view host) {
  return host.starts_with("127.") || host == "::1" || host == "localhost";
}

void read_services(std::string_view text, std::vector<PostfixService>& services) {
  for (const std::string_view line : split(text, '\n')) {
    std::vector<std::string> fields;
    std::size_t at = 0;
    while (fields.size() < 8 && (at = line.find_first_not_of(kBlanks, at)) != line.npos) {
      const std::size_t end = std::min(line.find_first_of(kBlanks, at), line.size());
      fields.emplace_back(line.substr(at, end - at));
      at = end;
    }
    if (fields.size() == 8) {
      services.push_back({fields[0], fields[1], fields[7], {}});
    }
  }
}

// "name/type/parameter = value"; names hold no slash, but for those of paths, which no smtpd has.
void read_override(std::string_view line, std::vector<PostfixService>& services) {
  const auto equals = line.find(" =");
  const std::string_view key = line.substr(0, std::min(equals, line.size()));
  const auto last = key.rfind('/');
  const auto middle = last == key.npos || last == 0 ? key.npos : key.rfind('/', last - 1);
  if (equals == line.npos || middle == key.npos) {
    return;
  }
  for (PostfixService& service : services) {
    if (service.name == key.substr(0, middle) &&
        service.type == key.substr(middle + 1, last - middle - 1)) {
      service.overrides[std::string(key.substr(last + 1))] = trim(line.substr(equals + 2));
    }
  }
}

MilterOfService milter_in_braces(std::string_view inside) {
  MilterOfService out;
  for (const std::string& word : words_in(inside)) {
    const auto equals = word.find('=');
    if (out.socket.empty()) {
      out.socket = word;
    } else if (equals != std::string::npos) {
      out.options[word.substr(0, equals)] = word.substr(equals + 1);
    }
  }
  return out;
}

}  // namespace

std::vector<std::string> words_in(std::string_view value) {
  std::vector<std::string> out;
  std::size_t at = 0;
  while ((at = value.find_first_not_of(", \t\r\n", at)) != value.npos) {
    const std::size_t end = std::min(value.find_first_of(", \t\r\n", at), value.size());
    out.emplace_back(value.substr(at, end - at));
    at = end;
  }
  return out;
}

std::vector<MilterOfService> milters_in(std::string_view value) {
  std::vector<MilterOfService> out;
  while (!value.empty()) {
    const auto open = value.find('{');
    for (const std::string& word : words_in(value.substr(0, open))) {
      out.push_back({word, {}});
    }
    if (open == value.npos) {
      break;
    }
    const auto close = std::min(value.find('}', open), value.size());
    out.push_back(milter_in_braces(value.substr(open + 1, close - open - 1)));
    value.remove_prefix(std::min(close + 1, value.size()));
  }
  return out;
}

Result<PostfixConfig> PostfixConfig::read(const std::string& folder, const std::string& postconf) {
  std::array<std::string, 3> texts;
  const std::array<const char*, 3> options{"-x", "-M", "-Px"};
  for (std::size_t i = 0; i < texts.size(); ++i) {
    auto text = ask({postconf, "-c", folder, options[i]});
    if (!text) {
      return fail(text.error().with("folder", folder));
    }
    texts[i] = std::move(*text);
  }
  return parse(folder, texts[0], texts[1], texts[2]);
}

PostfixConfig PostfixConfig::parse(std::string folder, std::string_view parameters,
                                   std::string_view services, std::string_view overrides) {
  PostfixConfig out;
  out.folder_ = std::move(folder);
  for (const std::string_view line : split(parameters, '\n')) {
    const auto equals = line.find(" =");
    if (equals != line.npos) {
      out.parameters_[std::string(line.substr(0, equals))] = trim(line.substr(equals + 2));
    }
  }
  read_services(services, out.services_);
  for (const std::string_view line : split(overrides, '\n')) {
    read_override(line, out.services_);
  }
  return out;
}

std::string PostfixConfig::parameter(const std::string& name) const {
  const auto found = parameters_.find(name);
  return found == parameters_.end() ? "" : found->second;
}

std::string PostfixConfig::parameter(const PostfixService& service, const std::string& name) const {
  const auto found = service.overrides.find(name);
  return found == service.overrides.end() ? parameter(name) : found->second;
}

const PostfixService* PostfixConfig::listener(std::string_view socket) const {
  if (!socket.starts_with("inet:")) {
    return nullptr;
  }
  const std::string port = port_of(socket);
  for (const PostfixService& service : services_) {
    if (service.is_smtpd() && port_of(service.name) == port) {
      return &service;
    }
  }
  return nullptr;
}

bool PostfixConfig::loopback_only(const PostfixService& service) const {
  const std::string host = host_of(service.name);
  if (!host.empty()) {
    return is_loopback(host);
  }
  const auto interfaces = words_in(parameter(service, "inet_interfaces"));
  return !interfaces.empty() &&
         std::all_of(interfaces.begin(), interfaces.end(), [](const std::string& one) {
           return one == "loopback-only" || is_loopback(one);
         });
}

}  // namespace phimilter::phictl
