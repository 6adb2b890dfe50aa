// SPDX-License-Identifier: Apache-2.0
//
// Everything that the pipeline borrows, each call counted, and one of them, whichever, going wrong.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "milter/memory_filter.h"

namespace phimilter::milter::test {

enum class Trouble {
  transient,
  permanent,
  configuration,
  bug,
  too_late,     // an hour passes, then a transient fault: a deadline ended the call
  done_and_no,  // the call does its work, and then says that it failed: an answer was lost
  dies_before,  // the process ends at the call
  dies_after,   // the process ends when the call has done its work, before anybody knows
};

inline constexpr Trouble kTroubles[] = {
    Trouble::transient, Trouble::permanent,   Trouble::configuration, Trouble::bug,
    Trouble::too_late,  Trouble::done_and_no, Trouble::dies_before,   Trouble::dies_after};

const char* to_string(Trouble trouble);

// What ends a try in which the process "dies".
struct Died {};

// Counts calls; the `strike_at`-th (from 1) goes wrong.
class Strikes {
 public:
  Strikes(int strike_at, Trouble trouble) : strike_at_(strike_at), trouble_(trouble) {}

  // A call that can say that it failed. `work` is what it does.
  template <typename Work>
  auto call(const char* name, const Work& work) -> decltype(work()) {
    if (!strikes(name)) {
      return work();
    }
    if (trouble_ == Trouble::dies_before) {
      throw Died();
    }
    if (trouble_ == Trouble::done_and_no || trouble_ == Trouble::dies_after) {
      static_cast<void>(work());
    }
    if (trouble_ == Trouble::dies_after) {
      throw Died();
    }
    return fail(fault());
  }

  // A call that cannot: its answer is `unknown` instead.
  template <typename Work, typename Answer>
  auto look(const char* name, const Work& work, Answer unknown) -> decltype(work()) {
    if (!strikes(name)) {
      return work();
    }
    if (trouble_ == Trouble::dies_before || trouble_ == Trouble::dies_after) {
      throw Died();
    }
    return unknown;
  }

  bool struck() const { return !struck_.empty(); }
  bool died() const {
    return struck() && (trouble_ == Trouble::dies_before || trouble_ == Trouble::dies_after);
  }
  const std::string& name() const { return struck_; }
  Trouble trouble() const { return trouble_; }
  FixedClock* clock = nullptr;  // borrowed

 private:
  bool strikes(const char* name);
  Fault fault();

  int strike_at_, calls_ = 0;
  Trouble trouble_;
  std::string struck_;
};

// A memory filter whose every port goes through the strikes. After a try without strikes it goes
// on with what the others left.
class StruckFilter {
 public:
  StruckFilter();
  ~StruckFilter();
  StruckFilter(const StruckFilter&) = delete;
  StruckFilter& operator=(const StruckFilter&) = delete;

  // One try, until the MTA has gone on after its answer. nullopt: nobody heard one; after a death
  // the process was started again.
  std::optional<Answer> run(mail::CapturedMessage message, Strikes& strikes);

  // The process ends, and another goes on with what is on record.
  void start_again();

  MemoryFilter inner;
  bool heard_yes = false;  // the MTA, that copies have left

 private:
  std::optional<Answer> answered(Answer answer, Strikes& strikes);
  struct Wrappers;
  std::unique_ptr<Wrappers> wrappers_;
};

}  // namespace phimilter::milter::test
