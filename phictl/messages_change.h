// SPDX-License-Identifier: Apache-2.0
//
// The verbs that change a waiting message. They share their shape: find it, see whether it can be
// done, do it, say what follows.
#pragma once

#include <string>
#include <vector>

#include "phictl/messages_desk.h"
#include "phictl/verb.h"

namespace phimilter::phictl {

class ChangeVerb : public Verb {
 public:
  std::vector<Argument> arguments() override {
    return {{"ID", &id_, "Id or reference of the message", "", true, {}}};
  }
  Outcome run(const Invocation& invocation) final;

 protected:
  virtual DeskUse use() const { return DeskUse::change; }
  virtual std::string misuse() { return {}; }  // empty: none
  // What only the one who started phictl may read, before it becomes the owner of a folder.
  virtual Status prepare(const Settings& /*settings*/) { return {}; }
  // What to say behind "Message <id> ".
  virtual Result<std::string> change(const MessagesDesk& desk, const delivery::MessageRow& row) = 0;
  // Configuration fault.
  static Fault cannot(std::string text, const delivery::MessageRow& row);

 private:
  std::string id_;
};

}  // namespace phimilter::phictl
