// SPDX-License-Identifier: Apache-2.0
//
// A message of a batch: it joins its batch before anything is written down, leaves out who has it
// from an earlier run, and notes what became of it before the message is called done.
#include <algorithm>

#include "base/encoding.h"
#include "delivery/submission.h"
#include "milter/pipeline.h"
#include "milter/work.h"

namespace phimilter::milter {

namespace {

using delivery::BatchBook;
using delivery::BatchOutcome;
using policy::Method;

// Watching must not change which mail leaves.
bool runs_in_batch(const Work& work) {
  return work.batch && work.decision.scope != policy::Scope::monitor;
}

BatchOutcome outcome_of(const Work& work, std::size_t recipient) {
  if (work.left_out.contains(recipient)) {
    return BatchOutcome::skipped;
  }
  if (work.method(recipient) == Method::hold) {
    return BatchOutcome::held;
  }
  const auto stored = work.claim->stored(work.key(recipient));
  return stored && stored->refused ? BatchOutcome::failed : BatchOutcome::sent;
}

}  // namespace

Status Pipeline::take_batch(Work& work) const {
  if (work.release || !is_trusted(work.message.envelope.client, options_.trusted)) {
    return {};
  }
  std::vector<std::string> values;
  for (const mail::HeaderField& field : work.taken) {
    if (ascii_iequal(field.name, delivery::kBatchField)) {
      values.push_back(mail::unfolded(field.value));
    }
  }
  if (values.empty()) {
    return {};
  }
  if (values.size() > 1) {
    return fail(permanent_fault("batch.header", "two batch headers on one message"));
  }
  auto mark = delivery::parse_batch_mark(values.front());
  if (!mark) {
    return fail(mark);
  }
  if (ports_.batches == nullptr) {
    return fail(configuration_fault("batch.no_folder",
                                    "a message of a batch came, and batch.folder cannot be used"));
  }
  work.batch = std::move(*mark);
  return {};
}

Result<DigestId> Pipeline::digest_of(Work& work) const {
  if (!runs_in_batch(work)) {
    return delivery::submission_digest(work.message, options_.volatile_fields);
  }
  auto content = delivery::content_digest(work.message);
  if (!content) {
    return fail(content);
  }
  work.batch_content = std::move(*content);
  return delivery::batch_submission(work.message.envelope, *work.batch, *work.batch_content);
}

Status Pipeline::join_batch(Work& work) const {
  if (!runs_in_batch(work) || work.batch_claim) {
    return {};
  }
  const auto& recipients = work.message.envelope.recipients;
  std::vector<std::string> keys;
  for (std::size_t i = 0; i < recipients.size(); ++i) {
    keys.push_back(work.key(i));
  }
  auto joined =
      ports_.batches->claim(*work.batch, work.message.envelope, *work.batch_content, keys);
  if (!joined) {
    return fail(joined);
  }
  work.batch_claim.emplace(std::move(*joined));
  const auto differs = [&](const std::string& key) {
    return work.batch_claim->standing(key) == BatchBook::Standing::other_content;
  };
  if (std::any_of(keys.begin(), keys.end(), differs)) {
    for (const mail::Recipient& recipient : recipients) {
      auto noted = work.batch_claim->note(recipient.address, BatchOutcome::failed, "reject");
      if (!noted) {
        return noted;
      }
    }
    return fail(
        permanent_fault("batch.other_content", "an item of a batch came again with another content")
            .with("batch", work.batch->id));
  }
  for (std::size_t i = 0; i < keys.size(); ++i) {
    const auto standing = work.batch_claim->standing(keys[i]);
    // Settled by an earlier try of this very submission: that goes on.
    if (standing == BatchBook::Standing::fresh || work.settled(i)) {
      continue;
    }
    work.claim->intended(keys[i], work.decision.treatments[i]);
    work.claim->settled(keys[i]);
    work.statuses[i] = "left out, sent earlier in this batch";
    work.left_out.insert(i);
  }
  return {};
}

Status Pipeline::note_sent(Work& work, const std::vector<std::size_t>& recipients) const {
  for (const std::size_t i : recipients) {
    if (!work.batch_claim) {
      return {};
    }
    auto noted = work.batch_claim->note(work.message.envelope.recipients[i].address,
                                        BatchOutcome::sent, policy::to_string(work.method(i)));
    if (!noted) {
      return noted;
    }
  }
  return {};
}

// Before the message is completed in the journal: what is complete is forgotten there, and only the
// book knows of it then.
Status Pipeline::note_batch(Work& work) const {
  if (!work.batch_claim) {
    return {};
  }
  for (std::size_t i = 0; i < work.facts.size(); ++i) {
    auto noted = work.batch_claim->note(work.message.envelope.recipients[i].address,
                                        outcome_of(work, i), policy::to_string(work.method(i)));
    if (!noted) {
      return noted;
    }
  }
  return work.batch->end ? work.batch_claim->note_end() : Status();
}

}  // namespace phimilter::milter
