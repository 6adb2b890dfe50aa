// SPDX-License-Identifier: Apache-2.0
#include "portal/due_clock.h"

#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <fstream>
#include <nlohmann/json.hpp>

#include "base/files.h"

namespace phimilter::portal {
namespace {

using nlohmann::json;
using std::chrono::microseconds;

constexpr std::chrono::hours kWorthSaying(1);
constexpr std::chrono::hours kBelieved(14 * 24);  // so long a host may have been off
constexpr std::chrono::hours kBackForGood(24);
constexpr std::chrono::seconds kWriteEvery(60);
constexpr std::size_t kLongestFile = 4096;

}  // namespace

Ticks ticks_of_this_boot() {
  Ticks ticks;
  std::ifstream("/proc/sys/kernel/random/boot_id") >> ticks.boot;
  timespec now{};
  ::clock_gettime(CLOCK_BOOTTIME, &now);
  ticks.since = std::chrono::duration_cast<microseconds>(std::chrono::seconds(now.tv_sec) +
                                                         std::chrono::nanoseconds(now.tv_nsec));
  return ticks;
}

Timestamp DueClock::now() const {
  const std::lock_guard lock(mutex_);
  return due_;
}

Result<std::optional<DueClock::Kept>> DueClock::read() const {
  auto text = read_file(file_, kLongestFile);
  if (!text && ::access(file_.c_str(), F_OK) != 0 && errno == ENOENT) {
    return std::nullopt;
  }
  const json object = text ? json::parse(*text, nullptr, false) : json();
  const auto number = [&object](const char* name) {
    const auto found = object.find(name);
    return found != object.end() && found->is_number_integer()
               ? std::optional(microseconds(found->get<std::int64_t>()))
               : std::nullopt;
  };
  const auto time = object.is_object() ? number("time") : std::nullopt;
  const auto since = object.is_object() ? number("since_boot") : std::nullopt;
  if (!time || !since || !object.contains("boot") || !object["boot"].is_string()) {
    return fail(configuration_fault("portal.sweep_clock",
                                    "the time of the last sweep cannot be read, and nothing falls "
                                    "due: if the host's clock is right, remove the file")
                    .with("path", file_));
  }
  return Kept{Timestamp(*time), {object["boot"].get<std::string>(), *since}};
}

Status DueClock::write(const Kept& kept) {
  const bool fresh = written_ && written_->ticks.boot == kept.ticks.boot &&
                     kept.ticks.since - written_->ticks.since < kWriteEvery;
  if (fresh) {
    return {};
  }
  const json object = {{"time", kept.time.time_since_epoch().count()},
                       {"boot", kept.ticks.boot},
                       {"since_boot", kept.ticks.since.count()}};
  Status written = write_file_durably(file_, object.dump() + "\n", 0600);
  if (written) {
    written_ = kept;
  }
  return written;
}

// Sets `due_`.
std::optional<Fault> DueClock::advance(Kept& kept, const Ticks& ticks) {
  const Timestamp wall = wall_.now();
  const bool same_boot = !ticks.boot.empty() && ticks.boot == kept.ticks.boot;
  const microseconds elapsed =
      same_boot ? std::max(microseconds(0), ticks.since - kept.ticks.since) : microseconds(0);
  kept.time += elapsed;
  kept.ticks = ticks;
  const microseconds ahead = wall - kept.time;
  behind_ = ahead < -kWorthSaying ? behind_ + elapsed : microseconds(0);
  if (ahead <= microseconds(0)) {
    kept.time = behind_ > kBackForGood ? wall : kept.time;
    due_ = wall;
    return std::nullopt;
  }
  kept.time += ahead <= kBelieved ? std::min(ahead, elapsed) : microseconds(0);
  due_ = kept.time;
  if (wall - kept.time <= kWorthSaying) {
    return std::nullopt;
  }
  return configuration_fault(
             "portal.clock_ahead",
             ahead <= kBelieved
                 ? "the clock is ahead of the last sweep by more than the time that was seen to "
                   "pass; what is to be destroyed waits until that is made up for"
                 : "the clock has jumped forward by more than 14 days, and nothing is destroyed "
                   "that was not due before: set it right, or, if it is right, stop the portal, "
                   "remove the file and start it again")
      .with("path", file_);
}

std::optional<Fault> DueClock::step() {
  const std::lock_guard lock(mutex_);
  const Ticks ticks = ticks_();
  if (!kept_) {
    auto read_back = read();
    if (!read_back) {
      return read_back.error();
    }
    written_ = *read_back;
    kept_ = read_back->value_or(Kept{wall_.now(), ticks});
  }
  auto fault = advance(*kept_, ticks);
  const Status written = write(*kept_);
  return written ? fault : std::optional(written.error());
}

}  // namespace phimilter::portal
