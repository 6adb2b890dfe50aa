// SPDX-License-Identifier: Apache-2.0
#include "policy/rule_match.h"

#include <algorithm>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>

namespace phimilter::policy {
namespace {

constexpr std::size_t kMostOver = 100;

char folded(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

bool tells_apart(char c) {
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || static_cast<unsigned char>(c) >= 0x80;
}

// Numbers for texts, equal for equal ones.
class TextNumbers {
 public:
  std::uint32_t number(std::string_view text) {
    key_.clear();
    for (const char c : text) {
      if (tells_apart(folded(c))) {
        key_.push_back(folded(c));
      }
    }
    return known_.try_emplace(key_, next_).second ? next_++ : known_.find(key_)->second;
  }
  // Of a finding without a text: like no other.
  std::uint32_t fresh() { return next_++; }

 private:
  std::string key_;
  std::unordered_map<std::string, std::uint32_t> known_;
  std::uint32_t next_ = 0;
};

// Lines and records up to a place that only moves on.
class LineCounter {
 public:
  explicit LineCounter(std::string_view text) : text_(text), end_(text.find('\n')) {}

  void move_to(std::size_t place) {
    while (end_ < place) {
      const bool blank =
          text_.substr(begin_, end_ - begin_).find_first_not_of(" \t\r") == std::string_view::npos;
      record_ += blank && begin_ > 0 ? 1 : 0;
      ++line_;
      begin_ = end_ + 1;
      end_ = text_.find('\n', begin_);
    }
  }
  std::uint32_t line() const { return line_; }
  std::uint32_t record() const { return record_; }

 private:
  std::string_view text_;
  std::size_t begin_ = 0;  // of the line
  std::size_t end_ = 0;    // of the line; npos: the text's end
  std::uint32_t line_ = 0;
  std::uint32_t record_ = 0;
};

// How far a need is met by the claims that are in the window now.
class Meter {
 public:
  // `worth`: of each text, by its number; empty where the need does not ask for different ones.
  Meter(const Need& need, std::vector<int> worth, std::size_t classes)
      : need_(&need), worth_(std::move(worth)), texts_(worth_.size()), classes_(classes) {}

  void add(const Evidence& item) {
    ++count_;
    if (!texts_.empty()) {
      const bool fresh = texts_[item.text]++ == 0;
      distinct_ += fresh ? 1 : 0;
      points_ += fresh ? worth_of(item) : 0;
      distinct_classes_ += classes_[item.finding_class]++ == 0 ? 1 : 0;
    }
  }
  void remove(const Evidence& item) {
    --count_;
    if (!texts_.empty()) {
      const bool last = --texts_[item.text] == 0;
      distinct_ -= last ? 1 : 0;
      points_ -= last ? worth_of(item) : 0;
      distinct_classes_ -= --classes_[item.finding_class] == 0 ? 1 : 0;
    }
  }
  bool met() const {
    return count_ >= need_->count &&
           (texts_.empty() ||
            (distinct_ >= need_->distinct && distinct_classes_ >= need_->distinct_classes &&
             points_ >= need_->points));
  }
  std::size_t points() const { return points_; }

 private:
  std::size_t worth_of(const Evidence& item) const {
    return static_cast<std::size_t>(worth_[item.text]);
  }

  const Need* need_;
  std::vector<int> worth_;
  // How often each is in the window; empty where the need does not ask for different ones.
  std::vector<std::uint32_t> texts_, classes_;
  std::size_t count_ = 0;
  std::size_t distinct_ = 0;
  std::size_t distinct_classes_ = 0;
  std::size_t points_ = 0;
};

Meter meter_for(const Need& need, std::uint32_t bit, const std::vector<Claim>& claims) {
  std::vector<int> worth;
  std::size_t classes = 0;
  if (need.distinct <= 1 && need.distinct_classes <= 1 && need.points == 0) {
    return Meter(need, {}, 0);
  }
  for (const Claim& claim : claims) {
    const Evidence& item = *claim.evidence;
    worth.resize(std::max<std::size_t>(worth.size(), item.text + 1U));
    classes = std::max<std::size_t>(classes, item.finding_class + 1U);
    if ((claim.needs & bit) != 0) {
      worth[item.text] = std::max(worth[item.text], item.confidence);
    }
  }
  return Meter(need, std::move(worth), classes);
}

Meter filled_meter(const Need& need, std::uint32_t bit, const std::vector<Claim>& claims) {
  Meter meter = meter_for(need, bit, claims);
  for (const Claim& claim : claims) {
    if ((claim.needs & bit) != 0) {
      meter.add(*claim.evidence);
    }
  }
  return meter;
}

bool same_group(Join join, const Evidence& a, const Evidence& b) {
  switch (join) {
    case Join::message:
    case Join::document:
      return true;
    case Join::line:
      return a.part == b.part && a.line == b.line;
    case Join::record:
      return a.part == b.part && a.record == b.record;
    case Join::window:
    case Join::part:
      return a.part == b.part;
  }
  return false;
}

// A window that slides over the claims of one rule.
class Window {
 public:
  Window(const Rule& rule, const std::vector<Claim>& claims) : rule_(rule), claims_(claims) {
    for (std::size_t i = 0; i < rule.needs.size(); ++i) {
      meters_.push_back(meter_for(rule.needs[i], std::uint32_t{1} << i, claims));
    }
  }

  std::vector<std::size_t> run() {
    std::vector<std::size_t> out;
    std::size_t first = 0;
    std::size_t marked_to = 0;
    for (std::size_t last = 0; last < claims_.size(); ++last) {
      change(claims_[last], &Meter::add);
      while (!together(*claims_[first].evidence, *claims_[last].evidence)) {
        change(claims_[first++], &Meter::remove);
      }
      if (!met()) {
        continue;
      }
      for (std::size_t i = std::max(first, marked_to); i <= last; ++i) {
        out.push_back(claims_[i].evidence->index);
      }
      marked_to = last + 1;
    }
    return out;
  }

 private:
  // A recipient, or a part that could not be read, stands nowhere in a text: it is beside nothing.
  bool together(const Evidence& a, const Evidence& b) const {
    const bool by_place =
        rule_.join == Join::window || rule_.join == Join::line || rule_.join == Join::record;
    if (by_place && a.index != b.index && (a.from == a.to || b.from == b.to)) {
      return false;
    }
    return same_group(rule_.join, a, b) &&
           (rule_.join != Join::window || b.from <= a.to || b.from - a.to <= rule_.window);
  }
  bool met() const {
    return std::all_of(meters_.begin(), meters_.end(),
                       [](const Meter& meter) { return meter.met(); });
  }
  void change(const Claim& claim, void (Meter::*how)(const Evidence&)) {
    for (std::size_t i = 0; i < meters_.size(); ++i) {
      if ((claim.needs & (std::uint32_t{1} << i)) != 0) {
        (meters_[i].*how)(*claim.evidence);
      }
    }
  }

  const Rule& rule_;
  const std::vector<Claim>& claims_;
  std::vector<Meter> meters_;
};

}  // namespace

std::vector<Evidence> evidence_of(const extract::MessageText& text, const Findings& findings,
                                  const std::vector<std::uint32_t>& classes) {
  std::vector<Evidence> out(findings.items.size());
  TextNumbers numbers;
  LineCounter lines({});
  const std::string* whole = nullptr;
  std::size_t reached = 0;
  for (std::size_t i = 0; i < out.size(); ++i) {
    const Finding& finding = findings.items[i];
    Evidence& item = out[i];
    item.index = static_cast<std::uint32_t>(i);
    item.finding_class = classes[i];
    item.part = static_cast<std::uint32_t>(finding.part);
    item.from = finding.offset;
    item.to = finding.offset + finding.length;
    item.confidence = finding.confidence;
    item.over = finding.length == 0 || finding.part >= text.parts.size() ||
                text.parts[finding.part].kind == extract::PartKind::header ||
                text.parts[finding.part].kind == extract::PartKind::file_name;
    if (finding.length == 0 || finding.part >= text.parts.size() ||
        item.to > text.parts[finding.part].text.size()) {
      item.text = numbers.fresh();
      continue;
    }
    const std::string& here = text.parts[finding.part].text;
    if (&here != whole || finding.offset < reached) {
      whole = &here;
      lines = LineCounter(here);
    }
    reached = finding.offset;
    lines.move_to(reached);
    item.line = lines.line();
    item.record = lines.record();
    item.text = numbers.number(std::string_view(here).substr(finding.offset, finding.length));
  }
  return out;
}

namespace {

// Header fields and names of files first, so many of them at most that each part can be read with
// them; then part by part.
std::vector<std::size_t> met_in_documents(const Rule& rule, const std::vector<Claim>& claims) {
  std::vector<Claim> over;
  std::vector<Claim> rest;
  for (const Claim& claim : claims) {
    (claim.evidence->over ? over : rest).push_back(claim);
  }
  over.resize(std::min(over.size(), kMostOver));
  std::vector<std::size_t> out = Window(rule, over).run();
  for (std::size_t first = 0; first < rest.size();) {
    std::vector<Claim> document = over;
    const std::uint32_t part = rest[first].evidence->part;
    for (; first < rest.size() && rest[first].evidence->part == part; ++first) {
      document.push_back(rest[first]);
    }
    const std::vector<std::size_t> met = Window(rule, document).run();
    out.insert(out.end(), met.begin(), met.end());
  }
  std::sort(out.begin(), out.end());
  out.erase(std::unique(out.begin(), out.end()), out.end());
  return out;
}

}  // namespace

std::vector<std::size_t> met_together(const Rule& rule, const std::vector<Claim>& claims) {
  return rule.join == Join::document ? met_in_documents(rule, claims) : Window(rule, claims).run();
}

bool met_anywhere(const Need& need, std::uint32_t bit, const std::vector<Claim>& claims) {
  return filled_meter(need, bit, claims).met();
}

std::size_t points_of(const Need& need, std::uint32_t bit, const std::vector<Claim>& claims) {
  return filled_meter(need, bit, claims).points();
}

}  // namespace phimilter::policy
