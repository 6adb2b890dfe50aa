// SPDX-License-Identifier: Apache-2.0
//
// What the portal does for senders, put together: the index of their messages, what they may do
// with them, the door to their page, and the mails about what waits. A thread of its own keeps it
// going.
#pragma once

#include <condition_variable>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <thread>

#include "base/brand.h"
#include "base/settings.h"
#include "escrow/recipients.h"
#include "portal/fetches.h"
#include "portal/mails_round.h"
#include "portal/mails_text.h"
#include "portal/message_desk.h"
#include "portal/sent_door.h"
#include "portal/state_store.h"
#include "portal/texts.h"
#include "protect/portal_notice.h"

namespace phimilter::portal {

struct TrackingParts {  // borrowed; all must outlive it
  const Settings& settings;
  const Languages& languages;
  escrow::VaultReader& reader;
  escrow::RecipientStore* recipients;  // null: nothing on file
  audit::Journal& journal;
  const Secret& pepper;
  const Clock& clock;
  StateStore* states = nullptr;  // that several portals share; null: this one is alone
};

class Tracking {
 public:
  // Reads the journal. Configuration fault: a folder cannot be made or written to.
  static Result<std::unique_ptr<Tracking>> open(TrackingParts parts);
  ~Tracking();
  Tracking(const Tracking&) = delete;
  Tracking& operator=(const Tracking&) = delete;

  audit::Journal& journal() { return *journal_; }  // for all that is recorded from now on
  MessageIndex& index() { return index_; }
  MessageDesk& desk() { return *desk_; }
  // Before the first request; what is given must outlive it.
  void open_door(GuessLimits& guesses, Sessions& sessions);
  SentDoor& door() { return *door_; }
  const Clock& clock() const { return parts_.clock; }
  bool has_page() const;  // senders may see their messages
  void fetched(const EscrowId& id, const std::string& peer) { fetches_.note(id, peer); }
  // A recipient asks for an expired message: mails its sender, once a day. False: nobody can be
  // asked.
  Result<bool> ask_again(const EscrowId& id);
  void start();  // the thread

 private:
  explicit Tracking(TrackingParts parts);
  Status mail_notice(const escrow::EntryFacts& facts, protect::NoticeKind kind);
  Status mail_code(const SentCode& code);
  Status mail_sender(const SenderMailFacts& facts, const SenderMail& mail,
                     const std::string& listener);
  SenderMailFacts sender_facts(const std::string& sender) const;
  std::vector<Fault> round();
  void run();

  TrackingParts parts_;
  Brands brands_;
  Secret act_key_;
  MessageIndex index_;
  Fetches fetches_;
  std::unique_ptr<IndexedJournal> journal_;
  std::unique_ptr<escrow::VaultWriter> writer_;
  std::unique_ptr<MessageDesk> desk_;
  std::unique_ptr<SentCodes> codes_;
  std::unique_ptr<SentDoor> door_;
  std::optional<MarkStore> marks_, asked_;
  std::mutex asking_;
  std::unique_ptr<MailRound> mails_;
  std::optional<Timestamp> mailed_, forgot_;

  std::mutex mutex_;
  std::condition_variable wake_;
  bool stop_ = false;
  std::thread thread_;
};

}  // namespace phimilter::portal
