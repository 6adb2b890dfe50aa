// SPDX-License-Identifier: Apache-2.0
//
// Mails about messages that wait: reminders to recipients, and words to senders, one mail a day for
// each sender whatever the number of messages (receipts one by one where the rules say so).
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "audit/journal.h"
#include "base/clock.h"
#include "escrow/vault.h"
#include "portal/mails_due.h"
#include "portal/mails_marks.h"
#include "portal/message_index.h"

namespace phimilter::portal {

// About one message, in a mail to its sender.
struct WordLine {
  Topic topic = Topic::unread;
  delivery::MessageRow row;
};

struct MailRoundParts {  // borrowed
  MessageIndex& index;
  escrow::VaultReader& reader;
  MarkStore& marks;
  audit::Journal& journal;
  const Clock& clock;
  MailRules rules;
  // A fault "smtp.in_doubt" says that the mail may have left; any other, that it did not.
  std::function<Status(const escrow::EntryFacts& facts, Topic topic)> remind;
  std::function<Status(const std::string& sender, const std::vector<WordLine>& lines)> tell;
  // Whether it was shown by another portal, whose journal is not ours. Empty: there is no other.
  std::function<Result<bool>(const EscrowId& id)> shown_elsewhere{};
};

class MailRound {
 public:
  explicit MailRound(MailRoundParts parts) : parts_(std::move(parts)) {}
  // Sends what is due, up to kMailsARound; how many left. The first fault ends the round: what is
  // still due comes with the next one.
  Result<std::size_t> run();
  // Marks of messages that are gone.
  Status forget_gone();

  static constexpr std::size_t kMailsARound = 100;

 private:
  struct Due;
  Due collect() const;
  Result<bool> is_marked(const std::string& name, const std::string& topic);
  // Marked, or not worth a word any more.
  Result<bool> is_settled(const std::string& name, const std::string& mark, const WordLine& line);
  Result<bool> remind(const delivery::MessageRow& row, Topic topic);
  Result<bool> tell_daily(const std::string& sender, const std::vector<WordLine>& lines);
  Result<bool> tell(const std::string& sender, const std::vector<WordLine>& lines, bool daily);
  Result<std::vector<WordLine>> unsaid(const std::string& name, const std::vector<WordLine>& lines);
  Status record_told(const std::vector<WordLine>& lines);

  MailRoundParts parts_;
};

}  // namespace phimilter::portal
