// SPDX-License-Identifier: Apache-2.0
//
// What a load program sends: mails made beforehand, each to its own recipient, over and over again;
// and what it measured, as the quantiles of a list of times.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace phimilter::bench {

using Headers = std::vector<std::pair<std::string, std::string>>;  // values as they stand, with LF

class LoadPlan {
 public:
  // A text file with a line for each mail of one turn: path, blank, recipient. In a mail,
  // "@RECIPIENT@" stands for the recipient and "@NUMBER@" for a number that no other mail has.
  // Ends the program when a file cannot be read.
  static LoadPlan read(const std::string& path);

  std::size_t size() const { return entries_.size(); }
  const std::string& recipient(std::size_t number) const;
  // With CRLF line ends: the headers with the line that ends them, and the body with dots at line
  // starts doubled and the final dot. Bodies are the plan's: hundreds of sessions may be at one.
  std::pair<std::string, std::string_view> wire(std::size_t number) const;
  // The same as a milter gets it: headers, and the body with dots as written.
  std::pair<Headers, std::string_view> parsed(std::size_t number) const;

 private:
  struct Entry {
    std::string recipient;
    std::size_t text;
  };
  struct Text {
    std::string path, head, body, wire_body;
  };
  const Text& text(std::size_t number) const;
  std::string head(std::size_t number) const;
  std::size_t load(const std::string& path);

  std::vector<Entry> entries_;
  std::vector<Text> texts_;
};

// "name": value pairs of a JSON object, in the order given.
class JsonLine {
 public:
  JsonLine& add(std::string_view name, double value);
  JsonLine& add(std::string_view name, std::size_t value);
  JsonLine& add(std::string_view name, const std::string& value);
  // NAME_p50_ms, NAME_p99_ms and NAME_max_ms.
  JsonLine& add_times(const std::string& name, std::vector<double> milliseconds);
  void print() const;

 private:
  std::string text_;
};

// Command line of the form --name value ...; ends the program with the usage when a name is not in
// `defaults`, or has no value.
class Options {
 public:
  Options(int argc, char** argv, std::vector<std::pair<std::string, std::string>> defaults);
  const std::string& text(std::string_view name) const;
  std::size_t number(std::string_view name) const;

 private:
  std::vector<std::pair<std::string, std::string>> values_;
};

}  // namespace phimilter::bench
