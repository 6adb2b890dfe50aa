// SPDX-License-Identifier: Apache-2.0
#include "bench/load_plan.h"

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <fstream>
#include <sstream>

namespace phimilter::bench {
namespace {

[[noreturn]] void give_up(const std::string& reason) {
  std::fprintf(stderr, "%s\n", reason.c_str());
  std::exit(2);
}

std::string with_crlf(const std::string& text) {
  std::string out;
  for (const char c : text) {
    if (c == '\n' && (out.empty() || out.back() != '\r')) {
      out += '\r';
    }
    out += c;
  }
  if (out.size() < 2 || out.substr(out.size() - 2) != "\r\n") {
    out += "\r\n";
  }
  return out;
}

std::string with_dots_doubled(const std::string& text) {
  std::string out;
  char before = '\n';
  for (const char c : text) {
    if (c == '.' && before == '\n') {
      out += '.';
    }
    out += c;
    before = c;
  }
  return out;
}

void replace_all(std::string& text, std::string_view mark, const std::string& value) {
  for (auto at = text.find(mark); at != std::string::npos; at = text.find(mark, at)) {
    text.replace(at, mark.size(), value);
    at += value.size();
  }
}

// Milters get header values with LF where lines were folded.
void add_header_line(Headers& headers, const std::string& line) {
  if (!headers.empty() && (line[0] == ' ' || line[0] == '\t')) {
    headers.back().second += '\n' + line;
    return;
  }
  const auto colon = line.find(':');
  const auto value = line.find_first_not_of(' ', colon + 1);
  headers.emplace_back(line.substr(0, colon),
                       value == std::string::npos ? std::string() : line.substr(value));
}

}  // namespace

LoadPlan LoadPlan::read(const std::string& path) {
  LoadPlan plan;
  std::ifstream in(path);
  std::string file;
  std::string recipient;
  while (in >> file >> recipient) {
    plan.entries_.push_back({recipient, plan.load(file)});
  }
  if (plan.entries_.empty()) {
    give_up(path + " names no mail");
  }
  return plan;
}

std::size_t LoadPlan::load(const std::string& path) {
  const auto known = std::find_if(texts_.begin(), texts_.end(),
                                  [&](const Text& each) { return each.path == path; });
  if (known != texts_.end()) {
    return static_cast<std::size_t>(known - texts_.begin());
  }
  std::ifstream in(path, std::ios::binary);
  std::stringstream file;
  file << in.rdbuf();
  const std::string whole = with_crlf(file.str());
  const auto end = whole.find("\r\n\r\n");
  if (!in || end == std::string::npos) {
    give_up("cannot read " + path);
  }
  const std::string body = whole.substr(end + 4);
  texts_.push_back({path, whole.substr(0, end + 2), body, with_dots_doubled(body) + ".\r\n"});
  return texts_.size() - 1;
}

const std::string& LoadPlan::recipient(std::size_t number) const {
  return entries_[number % entries_.size()].recipient;
}

const LoadPlan::Text& LoadPlan::text(std::size_t number) const {
  return texts_[entries_[number % entries_.size()].text];
}

// The marks stand in the headers.
std::string LoadPlan::head(std::size_t number) const {
  static const std::string once = std::to_string(std::time(nullptr));
  std::string head = text(number).head;
  replace_all(head, "@RECIPIENT@", recipient(number));
  replace_all(head, "@NUMBER@", once + '.' + std::to_string(number));
  return head;
}

std::pair<std::string, std::string_view> LoadPlan::wire(std::size_t number) const {
  return {head(number) + "\r\n", text(number).wire_body};
}

std::pair<Headers, std::string_view> LoadPlan::parsed(std::size_t number) const {
  std::istringstream lines(head(number));
  Headers headers;
  for (std::string line; std::getline(lines, line);) {
    line.pop_back();
    add_header_line(headers, line);
  }
  return {headers, text(number).body};
}

JsonLine& JsonLine::add(std::string_view name, double value) {
  char number[64];
  std::snprintf(number, sizeof number, "%.3f", value);
  text_ += (text_.empty() ? "\"" : ", \"") + std::string(name) + "\": " + number;
  return *this;
}

JsonLine& JsonLine::add(std::string_view name, std::size_t value) {
  text_ += (text_.empty() ? "\"" : ", \"") + std::string(name) + "\": " + std::to_string(value);
  return *this;
}

JsonLine& JsonLine::add(std::string_view name, const std::string& value) {
  std::string safe = value;
  std::replace_if(
      safe.begin(), safe.end(), [](char c) { return c == '"' || c == '\\' || c < ' '; }, ' ');
  text_ += (text_.empty() ? "\"" : ", \"") + std::string(name) + "\": \"" + safe + '"';
  return *this;
}

JsonLine& JsonLine::add_times(const std::string& name, std::vector<double> milliseconds) {
  std::sort(milliseconds.begin(), milliseconds.end());
  const auto at = [&](std::size_t of_100) {
    return milliseconds.empty() ? -1.0 : milliseconds[(milliseconds.size() - 1) * of_100 / 100];
  };
  return add(name + "_p50_ms", at(50)).add(name + "_p99_ms", at(99)).add(name + "_max_ms", at(100));
}

void JsonLine::print() const {
  std::printf("{%s}\n", text_.c_str());
}

Options::Options(int argc, char** argv, std::vector<std::pair<std::string, std::string>> defaults)
    : values_(std::move(defaults)) {
  for (int i = 1; i < argc; i += 2) {
    const std::string name = argv[i];
    const auto known = std::find_if(values_.begin(), values_.end(),
                                    [&](const auto& one) { return "--" + one.first == name; });
    if (known == values_.end() || i + 1 == argc) {
      std::string usage = "options, each with a value:";
      for (const auto& [option, value] : values_) {
        usage += " --" + option + (value.empty() ? "" : " (" + value + ")");
      }
      give_up(usage);
    }
    known->second = argv[i + 1];
  }
}

const std::string& Options::text(std::string_view name) const {
  const auto found = std::find_if(values_.begin(), values_.end(),
                                  [&](const auto& one) { return one.first == name; });
  if (found == values_.end()) {
    give_up("no option " + std::string(name));
  }
  return found->second;
}

std::size_t Options::number(std::string_view name) const {
  return static_cast<std::size_t>(std::strtoull(text(name).c_str(), nullptr, 10));
}

}  // namespace phimilter::bench
