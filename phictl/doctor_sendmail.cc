// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <charconv>
#include <map>
#include <optional>

#include "base/encoding.h"
#include "phictl/doctor.h"

namespace phimilter::phictl {
namespace {

constexpr std::int64_t kLeastReplySeconds = 120;
constexpr std::int64_t kLeastTotalSeconds = 600;

// "Name=OUTBOUND, Addr=127.0.0.1, Port=10025": names and values, blanks off.
using Equates = std::map<std::string, std::string>;

Equates equates_in(std::string_view text) {
  Equates out;
  for (const std::string_view word : split(text, ',')) {
    const auto equals = word.find('=');
    if (equals != word.npos) {
      out[std::string(trim(word.substr(0, equals)))] = trim(word.substr(equals + 1));
    }
  }
  return out;
}

struct SendmailConfig {
  std::string file;
  std::vector<Equates> daemons;
  std::map<std::string, Equates> filters;
  std::string input_filters, alias_file, forward_path;
};

// The value of "O Name=value".
std::optional<std::string_view> option(std::string_view line, std::string_view name) {
  if (!line.starts_with("O ") || !trim(line.substr(2)).starts_with(name)) {
    return std::nullopt;
  }
  const std::string_view rest = trim(trim(line.substr(2)).substr(name.size()));
  return rest.starts_with('=') ? std::optional(trim(rest.substr(1))) : std::nullopt;
}

SendmailConfig read_config(const std::string& file, std::string_view text) {
  SendmailConfig out;
  out.file = file;
  for (const std::string_view line : split(text, '\n')) {
    if (const auto daemon = option(line, "DaemonPortOptions")) {
      out.daemons.push_back(equates_in(*daemon));
    } else if (const auto filters = option(line, "InputMailFilters")) {
      out.input_filters = *filters;
    } else if (const auto aliases = option(line, "AliasFile")) {
      out.alias_file = *aliases;
    } else if (const auto forward = option(line, "ForwardPath")) {
      out.forward_path = *forward;
    } else if (line.starts_with('X')) {
      const auto comma = std::min(line.find(','), line.size());
      out.filters[std::string(trim(line.substr(1, comma - 1)))] = equates_in(line.substr(comma));
    }
  }
  return out;
}

std::string value_of(const Equates& equates, const std::string& name) {
  const auto found = equates.find(name);
  return found == equates.end() ? "" : found->second;
}

// "120s", "10m", "1h"; nothing behind the number: seconds. "R" of "C:10s;S:30s;R:120s;E:10m".
std::optional<std::int64_t> seconds_of(std::string_view timeouts, char which) {
  for (const std::string_view part : split(timeouts, ';')) {
    const std::string_view word = trim(part);
    if (word.size() < 3 || word[0] != which || word[1] != ':') {
      continue;
    }
    std::int64_t number = 0;
    const auto [end, error] = std::from_chars(word.data() + 2, word.data() + word.size(), number);
    if (error != std::errc()) {
      return std::nullopt;
    }
    const char unit = end == word.data() + word.size() ? 's' : *end;
    return number * (unit == 'm' ? 60 : unit == 'h' ? 3600 : 1);
  }
  return std::nullopt;
}

const std::string* name_of_ours(const SendmailConfig& config, const Settings& settings) {
  for (const auto& [name, equates] : config.filters) {
    if (value_of(equates, "S") == settings.milter_socket) {
      return &name;
    }
  }
  return nullptr;
}

std::vector<std::string> filters_of(const SendmailConfig& config, const Equates& daemon) {
  const auto own = daemon.find("InputMailFilters");
  std::vector<std::string> out;
  for (const std::string_view name : split(own == daemon.end() ? config.input_filters : own->second,
                                           own == daemon.end() ? ',' : ';')) {
    if (!trim(name).empty()) {
      out.emplace_back(trim(name));
    }
  }
  return out;
}

std::string place(const SendmailConfig& config, const Equates& daemon) {
  const std::string name = value_of(daemon, "Name");
  return config.file + ", daemon " + (name.empty() ? "on port " + value_of(daemon, "Port") : name);
}

void examine_filter(const SendmailConfig& config, const std::string& name, Examination& seen) {
  const Equates& equates = config.filters.at(name);
  if (value_of(equates, "F") == "T") {
    seen.good("sendmail.default_action", config.file + ": mail waits when the filter is away");
  } else {
    seen.problem("sendmail.default_action",
                 config.file + ": the filter's flag is F=" + value_of(equates, "F") +
                     ": when it is away, mail leaves in the clear or is refused for good",
                 "Write F=T into MAIL_FILTER");
  }
  const std::string timeouts = value_of(equates, "T");
  const auto reply = seconds_of(timeouts, 'R');
  const auto total = seconds_of(timeouts, 'E');
  if (reply.value_or(10) < kLeastReplySeconds || total.value_or(300) < kLeastTotalSeconds) {
    seen.problem("sendmail.timeouts",
                 config.file + ": Sendmail gives up on a long message before phimilter has done it",
                 "Write T=C:10s;S:30s;R:120s;E:10m into MAIL_FILTER");
  } else {
    seen.good("sendmail.timeouts", config.file + ": long enough for long messages");
  }
}

const Equates* daemon_at(const SendmailConfig& config, std::string_view socket) {
  const auto colon = socket.rfind(':');
  for (const Equates& daemon : config.daemons) {
    if (colon != socket.npos && value_of(daemon, "Port") == socket.substr(colon + 1)) {
      return &daemon;
    }
  }
  return nullptr;
}

bool loopback(const Equates& daemon) {
  const std::string address = value_of(daemon, "Addr");
  return address.starts_with("127.") || address == "::1" || address == "localhost" ||
         address == "IPv6:::1";
}

void examine_private(const SendmailConfig& config, const std::string& about,
                     const std::string& socket, const std::string& ours, Examination& seen) {
  if (socket.empty()) {
    return;
  }
  const Equates* daemon = daemon_at(config, socket);
  if (daemon == nullptr) {
    return seen.problem(about, config.file + ": no daemon listens on " + socket,
                        "Add the DAEMON_OPTIONS lines of contrib/sendmail/phimilter.mc");
  }
  const auto filters = filters_of(config, *daemon);
  if (std::find(filters.begin(), filters.end(), ours) != filters.end()) {
    seen.problem(about,
                 place(config, *daemon) +
                     ": the filter is on the listener that takes its "
                     "own copies back",
                 "Write InputMailFilters= into its DAEMON_OPTIONS");
  } else if (!loopback(*daemon)) {
    seen.problem(about,
                 place(config, *daemon) +
                     ": others than this host may hand in mail there, "
                     "unfiltered",
                 "Write Addr=127.0.0.1 into its DAEMON_OPTIONS");
  } else {
    seen.good(about, place(config, *daemon) + ": for this host alone, without the filter");
  }
}

void examine_daemons(const SendmailConfig& config, const Settings& settings,
                     const std::string& ours, Examination& seen) {
  std::size_t filtered = 0;
  for (const Equates& daemon : config.daemons) {
    if (&daemon == daemon_at(config, settings.reentry_listener) ||
        &daemon == daemon_at(config, settings.reentry_secure_listener)) {
      continue;
    }
    const auto filters = filters_of(config, daemon);
    if (std::find(filters.begin(), filters.end(), ours) == filters.end()) {
      seen.unknown("sendmail.unfiltered", place(config, daemon) + ": takes mail without the filter",
                   "Right if only mail from the outside comes here; if hosts inside or sendmail(1) "
                   "hand in mail, give it InputMailFilters=" +
                       ours);
    } else if (filters.back() != ours) {
      seen.problem("sendmail.order",
                   place(config, daemon) + ": " + filters.back() +
                       " comes behind phimilter: what it rejects has left already",
                   "Name phimilter last, and give a DKIM signer to the re-entry daemons");
      ++filtered;
    } else {
      seen.good("sendmail.filtered", place(config, daemon) + ": phimilter is the last filter");
      ++filtered;
    }
  }
  if (filtered == 0) {
    seen.problem("sendmail.filtered", config.file + ": no daemon has the filter",
                 "Add the DAEMON_OPTIONS lines of contrib/sendmail/phimilter.mc");
  }
}

}  // namespace

void examine_sendmail(const std::string& file, const std::string& text, const Settings& settings,
                      Examination& seen) {
  const SendmailConfig config = read_config(file, text);
  const std::string* ours = name_of_ours(config, settings);
  if (ours == nullptr) {
    return seen.problem(
        "sendmail.filtered", file + ": no filter is declared at " + settings.milter_socket,
        "Add the lines of contrib/sendmail/phimilter.mc to sendmail.mc and make it");
  }
  examine_filter(config, *ours, seen);
  examine_daemons(config, settings, *ours, seen);
  examine_private(config, "sendmail.reentry", settings.reentry_listener, *ours, seen);
  examine_private(config, "sendmail.secure", settings.reentry_secure_listener, *ours, seen);
  if (!settings.reentry_secure_listener.empty() &&
      text.find("VERIFY:112+CN") == std::string::npos) {
    seen.problem(
        "sendmail.secure",
        file +
            ": nothing demands a verified name for mail of the secure listener, so it "
            "can leave in the clear",
        "Add the LOCAL_TLS_SERVER and LOCAL_TLS_RCPT rules of contrib/sendmail/phimilter.mc");
  }
  if (!config.alias_file.empty()) {
    seen.unknown("sendmail.aliases",
                 file + ": aliases of " + config.alias_file + " are expanded behind the filter",
                 "See that no address in it leads outside, or name the map in mta.alias_maps");
  }
}

}  // namespace phimilter::phictl
