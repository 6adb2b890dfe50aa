// SPDX-License-Identifier: Apache-2.0
//
// What a person does with one held message, at the desk.
#pragma once

#include <string>

#include "phictl/held_desk.h"
#include "phictl/verb.h"

namespace phimilter::phictl {

class HeldVerb : public Verb {
 public:
  Outcome run(const Invocation& invocation) final;

 protected:
  virtual Status act(const Invocation& invocation, const HeldDesk& desk,
                     const HeldEntry& entry) const = 0;
  Argument id_argument() { return {"ID", &id_, "Id or reference of the message", "", true, {}}; }
  const std::string& id() const { return id_; }  // as it was typed

 private:
  std::string id_;
};

}  // namespace phimilter::phictl
