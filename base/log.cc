// SPDX-License-Identifier: Apache-2.0
#include "base/log.h"

#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/sinks/systemd_sink.h>
#include <spdlog/spdlog.h>

#include <memory>

namespace phimilter::log {
namespace {

std::shared_ptr<spdlog::logger>& logger() {
  static std::shared_ptr<spdlog::logger> instance = [] {
    auto made = std::make_shared<spdlog::logger>("phimilter",
                                                 std::make_shared<spdlog::sinks::stderr_sink_mt>());
    made->set_pattern("%v");
    return made;
  }();
  return instance;
}

spdlog::level::level_enum spdlog_level(Level level) {
  switch (level) {
    case Level::debug:
      return spdlog::level::debug;
    case Level::info:
      return spdlog::level::info;
    case Level::warning:
      return spdlog::level::warn;
    case Level::error:
      return spdlog::level::err;
    case Level::fatal:
      return spdlog::level::critical;
  }
  return spdlog::level::err;
}

// A value that holds blanks, quotes or control characters is quoted, so that a line stays one line
// and can be split.
void append_value(std::string& line, std::string_view value) {
  const auto plain = [](char c) { return c > ' ' && c != '"' && c != '\\' && c != '\x7f'; };
  bool quote = value.empty();
  for (const char c : value) {
    quote = quote || !plain(c);
  }
  if (!quote) {
    line += value;
    return;
  }
  line += '"';
  for (const char c : value) {
    if (c == '"' || c == '\\') {
      line += '\\';
      line += c;
    } else {
      line += static_cast<unsigned char>(c) < 0x20 || c == '\x7f' ? ' ' : c;
    }
  }
  line += '"';
}

std::string begin_line(std::string_view queue_id, std::string_view event) {
  std::string line(queue_id.empty() ? std::string_view("-") : queue_id);
  line += ' ';
  line += event;
  return line;
}

void append_field(std::string& line, std::string_view key, std::string_view value) {
  line += ' ';
  line += key;
  line += '=';
  append_value(line, value);
}

}  // namespace

Status open(std::string_view program, Target target, std::string_view level) {
  spdlog::sink_ptr sink;
  if (target == Target::journald) {
    sink = std::make_shared<spdlog::sinks::systemd_sink_mt>(std::string(program));
  } else {
    sink = std::make_shared<spdlog::sinks::stderr_sink_mt>();
  }
  auto made = std::make_shared<spdlog::logger>(std::string(program), std::move(sink));
  made->set_pattern(target == Target::journald ? "%v" : "%Y-%m-%dT%H:%M:%S.%e%z %n %l %v");
  const auto wanted = spdlog::level::from_str(level == "warning" ? "warn" : std::string(level));
  if (wanted == spdlog::level::off) {
    return fail(
        configuration_fault("log.level", "log.level is none of debug, info, warning, error"));
  }
  made->set_level(wanted);
  made->flush_on(spdlog::level::info);
  logger() = std::move(made);
  return {};
}

void event(Level level, std::string_view queue_id, std::string_view event, Fields fields) {
  std::string line = begin_line(queue_id, event);
  for (const auto& [key, value] : fields) {
    append_field(line, key, value);
  }
  logger()->log(spdlog_level(level), line);
}

void event(Level level, const QueueId& queue_id, std::string_view name, Fields fields) {
  event(level, std::string_view(queue_id.str()), name, fields);
}

void fault(Level level, std::string_view queue_id, const Fault& fault) {
  std::string line = begin_line(queue_id, fault.id);
  append_field(line, "kind", to_string(fault.kind));
  append_field(line, "text", fault.text);
  for (const auto& [key, value] : fault.fields) {
    append_field(line, key, value);
  }
  logger()->log(spdlog_level(level), line);
}

}  // namespace phimilter::log

namespace phimilter {

std::string redact_address(std::string_view address) {
  const auto at = address.rfind('@');
  if (at == std::string_view::npos || at == 0) {
    return "***";
  }
  // The first character only when it is ASCII: half of a UTF-8 sequence helps nobody.
  const char first = address.front();
  std::string out;
  if (first > ' ' && first != '"' && static_cast<unsigned char>(first) < 0x7f) {
    out += first;
  }
  out += "***";
  out += address.substr(at);
  return out;
}

}  // namespace phimilter
