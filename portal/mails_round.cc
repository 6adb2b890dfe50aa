// SPDX-License-Identifier: Apache-2.0
#include "portal/mails_round.h"

#include <algorithm>
#include <map>
#include <set>

#include "base/log.h"
#include "portal/events.h"

namespace phimilter::portal {
namespace {

using delivery::MessageRow;

constexpr std::chrono::hours kADay(24);
constexpr std::string_view kLastMail = "last";

bool in_doubt(const Status& mailed) {
  return !mailed && mailed.error().id == "smtp.in_doubt";
}

// Of one message in the marks of its sender.
std::string word_name(const WordLine& line) {
  return line.row.id.str() + " " + topic_name(line.topic, line.row);
}

audit::Record told_record(const WordLine& line) {
  return row_record(line.row,
                    {audit::Event::sender_told, {}, {std::string(to_string(line.topic))}, {}});
}

void say_doubt(const std::string& what) {
  log::event(log::Level::warning, "-", "mail_in_doubt", {{"about", what}});
}

}  // namespace

struct MailRound::Due {
  std::vector<WordLine> reminders;
  std::map<std::string, std::vector<WordLine>> words;  // by sender
};

MailRound::Due MailRound::collect() const {
  Due due;
  const Timestamp now = parts_.clock.now();
  parts_.index.for_each([&](const MessageRow& row) {
    if (const auto topic = due_reminder(row, parts_.rules, now)) {
      due.reminders.push_back({*topic, row});
    }
    if (const auto topic = due_word(row, parts_.rules, now); topic && !row.sender.empty()) {
      due.words[row.sender].push_back({*topic, row});
    }
  });
  return due;
}

Result<bool> MailRound::is_marked(const std::string& name, const std::string& topic) {
  const auto marks = parts_.marks.of(name);
  if (!marks) {
    return fail(marks.error());
  }
  const auto mark = (*marks)->find(topic);
  if (mark == (*marks)->end()) {
    return false;
  }
  if (!mark->second.sent) {
    // Begun by a portal that ended before it knew: one mail too few rather than two.
    say_doubt(name.starts_with("sender-") ? topic : name + " " + topic);
    MailMarks settled = **marks;
    settled.at(topic).sent = true;
    if (auto saved = parts_.marks.save(name, std::move(settled)); !saved) {
      return fail(saved);
    }
  }
  return true;
}

Result<bool> MailRound::is_settled(const std::string& name, const std::string& mark,
                                   const WordLine& line) {
  auto marked = is_marked(name, mark);
  if (!marked || *marked || line.topic == Topic::shown || !parts_.shown_elsewhere) {
    return marked;
  }
  return parts_.shown_elsewhere(line.row.id);
}

Result<bool> MailRound::remind(const MessageRow& row, Topic topic) {
  const std::string name = row.id.str();
  const std::string topic_mark = topic_name(topic, row);
  const auto marked = is_settled(name, topic_mark, {topic, row});
  if (!marked || *marked) {
    return marked ? Result<bool>(false) : fail(marked.error());
  }
  auto facts = parts_.reader.facts(row.id);
  if (!facts) {
    return fail(facts);
  }
  const auto before = parts_.marks.of(name);
  MailMarks without = **before;
  MailMarks with = without;
  with[topic_mark] = {parts_.clock.now(), false};
  if (auto begun = parts_.marks.save(name, with); !begun) {
    return fail(begun);
  }
  const Status mailed = parts_.remind(*facts, topic);
  if (!mailed && !in_doubt(mailed)) {
    auto undone = parts_.marks.save(name, std::move(without));
    return undone ? fail(mailed.error()) : fail(undone.error());
  }
  if (in_doubt(mailed)) {
    say_doubt(name + " " + topic_mark);
  }
  with[topic_mark].sent = true;
  auto kept = parts_.marks.save(name, std::move(with));
  if (kept) {
    kept = record_entry_event(parts_.journal, row.id, &*facts,
                              {audit::Event::reminded, {}, {std::string(to_string(topic))}, {}});
  }
  return kept ? Result<bool>(true) : fail(kept);
}

Result<std::vector<WordLine>> MailRound::unsaid(const std::string& name,
                                                const std::vector<WordLine>& lines) {
  std::vector<WordLine> out;
  for (const WordLine& line : lines) {
    const auto marked = is_settled(name, word_name(line), line);
    if (!marked) {
      return fail(marked.error());
    }
    if (!*marked) {
      out.push_back(line);
    }
  }
  return out;
}

Status MailRound::record_told(const std::vector<WordLine>& lines) {
  constexpr std::size_t kAtOnce = 500;
  for (std::size_t from = 0; from < lines.size(); from += kAtOnce) {
    std::vector<audit::Record> records;
    const std::size_t end = std::min(lines.size(), from + kAtOnce);
    for (std::size_t i = from; i < end; ++i) {
      records.push_back(told_record(lines[i]));
    }
    if (auto written = parts_.journal.append(records); !written) {
      return fail(written);
    }
  }
  return {};
}

Result<bool> MailRound::tell(const std::string& sender, const std::vector<WordLine>& lines,
                             bool daily) {
  const std::string name = sender_name(sender);
  const auto before = parts_.marks.of(name);
  if (!before) {
    return fail(before.error());
  }
  MailMarks without = **before;
  MailMarks with = without;
  const Timestamp now = parts_.clock.now();
  for (const WordLine& line : lines) {
    with[word_name(line)] = {now, false};
  }
  if (daily) {
    with[std::string(kLastMail)] = {now, true};
  }
  if (auto begun = parts_.marks.save(name, with); !begun) {
    return fail(begun);
  }
  const Status mailed = parts_.tell(sender, lines);
  if (!mailed && !in_doubt(mailed)) {
    auto undone = parts_.marks.save(name, std::move(without));
    return undone ? fail(mailed.error()) : fail(undone.error());
  }
  if (in_doubt(mailed)) {
    say_doubt(word_name(lines.front()));
  }
  for (const WordLine& line : lines) {
    with[word_name(line)].sent = true;
  }
  auto kept = parts_.marks.save(name, std::move(with));
  if (kept) {
    kept = record_told(lines);
  }
  return kept ? Result<bool>(true) : fail(kept);
}

Result<bool> MailRound::tell_daily(const std::string& sender, const std::vector<WordLine>& lines) {
  const std::string name = sender_name(sender);
  const auto marks = parts_.marks.of(name);
  if (!marks) {
    return fail(marks.error());
  }
  const auto last = (*marks)->find(kLastMail);
  if (last != (*marks)->end() && parts_.clock.now() - last->second.at < kADay) {
    return false;
  }
  const auto left = unsaid(name, lines);
  if (!left || left->empty()) {
    return left ? Result<bool>(false) : fail(left.error());
  }
  return tell(sender, *left, true);
}

Result<std::size_t> MailRound::run() {
  parts_.marks.forget_memory();
  const Due due = collect();
  std::size_t sent = 0;
  const auto count = [&sent](const Result<bool>& one) {
    sent += one && *one ? 1 : 0;
    return one.has_value();
  };
  for (const WordLine& line : due.reminders) {
    if (sent >= kMailsARound) {
      return sent;
    }
    if (const auto one = remind(line.row, line.topic); !count(one)) {
      return fail(one.error());
    }
  }
  for (const auto& [sender, lines] : due.words) {
    std::vector<WordLine> daily;
    for (const WordLine& line : lines) {
      const bool alone = line.topic == Topic::shown &&
                         (parts_.rules.receipts == Receipts::each || line.row.receipt);
      if (!alone) {
        daily.push_back(line);
        continue;
      }
      const auto left = unsaid(sender_name(sender), {line});
      if (!left) {
        return fail(left.error());
      }
      if (left->empty() || sent >= kMailsARound) {
        continue;
      }
      if (const auto one = tell(sender, *left, false); !count(one)) {
        return fail(one.error());
      }
    }
    if (!daily.empty() && sent < kMailsARound) {
      if (const auto one = tell_daily(sender, daily); !count(one)) {
        return fail(one.error());
      }
    }
  }
  return sent;
}

Status MailRound::forget_gone() {
  std::set<std::string> here, senders;
  parts_.index.for_each([&](const MessageRow& row) {
    if (row.entry) {
      here.insert(row.id.str());
      senders.insert(sender_name(row.sender));
    }
  });
  const auto names = parts_.marks.names();
  if (!names) {
    return fail(names.error());
  }
  for (const std::string& name : *names) {
    if (here.contains(name)) {
      continue;
    }
    const auto marks = parts_.marks.of(name);
    if (!marks) {
      return fail(marks.error());
    }
    MailMarks left = **marks;
    std::erase_if(left, [&here](const auto& mark) {
      return mark.first != kLastMail && !here.contains(mark.first.substr(0, mark.first.find(' ')));
    });
    // A sender of nothing that waits keeps the day of the last mail for that day.
    const bool gone =
        !senders.contains(name) &&
        (!left.contains(kLastMail) || parts_.clock.now() - left.find(kLastMail)->second.at > kADay);
    auto kept = gone                              ? parts_.marks.remove(name)
                : left.size() == (*marks)->size() ? Status()
                                                  : parts_.marks.save(name, std::move(left));
    if (!kept) {
      return kept;
    }
  }
  return {};
}

}  // namespace phimilter::portal
