// SPDX-License-Identifier: Apache-2.0
//
// The lines of a batch's file, words set apart by one space, the last one to the end of the line:
//   batch 1 <id> <mta name> <sender>
//   item <SHA-256 of item and address> <digest of the content> <outcome> <method> <time> <item|->
//     <address>
//   end <time>
//   told <item lines that were told> <time>
#include "delivery/batch_book.h"

#include <algorithm>
#include <array>
#include <charconv>

#include "base/encoding.h"
#include "base/limits.h"
#include "base/log.h"

namespace phimilter::delivery {

namespace {

constexpr std::size_t kNamed = 100;            // items in a summary; what is more is counted
constexpr auto kKept = std::chrono::hours(1);  // in memory, after the last message
constexpr std::array<std::pair<BatchOutcome, std::string_view>, 4> kOutcomes{
    {{BatchOutcome::sent, "sent"},
     {BatchOutcome::held, "held"},
     {BatchOutcome::failed, "failed"},
     {BatchOutcome::skipped, "skipped"}}};

std::string_view to_string(BatchOutcome outcome) {
  for (const auto& [value, name] : kOutcomes) {
    if (value == outcome) {
      return name;
    }
  }
  return "failed";
}

std::optional<BatchOutcome> outcome_from(std::string_view name) {
  for (const auto& [value, known] : kOutcomes) {
    if (known == name) {
      return value;
    }
  }
  return std::nullopt;
}

// At most `count` words; the last one is all that is left.
std::vector<std::string_view> words(std::string_view line, std::size_t count) {
  std::vector<std::string_view> out;
  while (out.size() + 1 < count && line.find(' ') != std::string_view::npos) {
    out.push_back(line.substr(0, line.find(' ')));
    line.remove_prefix(line.find(' ') + 1);
  }
  out.push_back(line);
  return out;
}

// One word, or one line, whatever stood in an address.
std::string one_line(std::string_view text) {
  std::string out(text.empty() ? "-" : text);
  std::replace_if(
      out.begin(), out.end(), [](char c) { return static_cast<unsigned char>(c) < 0x20; }, '?');
  return out;
}

Timestamp time_from(std::string_view text) {
  return parse_rfc3339(std::string(text)).value_or(Timestamp{});
}

std::string file_name(const mail::Envelope& envelope, const BatchMark& mark) {
  Sha256Stream stream;
  stream.add_field("phimilter batch 1");
  stream.add_field(envelope.reverse_path ? envelope.reverse_path->key() : "");
  stream.add_field(mark.id);
  return hex(stream.finish()) + ".batch";
}

std::string text_of(const BatchLine& line) {
  return "item " + line.key + ' ' + line.content + ' ' + std::string(to_string(line.outcome)) +
         ' ' + one_line(line.method) + ' ' + rfc3339(line.time) + ' ' + one_line(line.item) + ' ' +
         one_line(line.address) + '\n';
}

std::string named(const BatchLine& line) {
  return line.item.empty() ? redact_address(line.address) : line.item;
}

Fault batch_full() {
  return permanent_fault("batch.full",
                         "a batch has more items than can be remembered; begin another one");
}

}  // namespace

BatchBook::Claim::Claim(Claim&& other) noexcept
    : book_(std::exchange(other.book_, nullptr)),
      file_(std::move(other.file_)),
      mark_(std::move(other.mark_)),
      content_(std::move(other.content_)),
      keys_(std::move(other.keys_)) {}

BatchBook::Claim::~Claim() {
  if (book_ == nullptr) {
    return;
  }
  const std::lock_guard lock(book_->mutex_);
  for (const std::string& key : keys_) {
    book_->batches_.at(file_).in_work.erase(key);
  }
}

std::string BatchBook::Claim::key_of(const std::string& address_key) const {
  Sha256Stream stream;
  stream.add_field("phimilter batch item 1");
  stream.add_field(mark_.item.empty() ? "content" : "item");
  stream.add_field(mark_.item.empty() ? content_ : mark_.item);
  stream.add_field(address_key);
  return hex(stream.finish());
}

BatchBook::Standing BatchBook::Claim::standing(const std::string& address_key) const {
  const std::lock_guard lock(book_->mutex_);
  const auto& items = book_->batches_.at(file_).items;
  const auto found = items.find(key_of(address_key));
  if (found == items.end()) {
    return Standing::fresh;
  }
  if (found->second.content != content_) {
    return Standing::other_content;
  }
  return found->second.outcome == BatchOutcome::held ? Standing::held : Standing::sent;
}

Status BatchBook::Claim::note(const mail::Address& address, BatchOutcome outcome,
                              std::string_view method) {
  BatchLine line{key_of(address.key()), content_,   outcome,          std::string(method),
                 book_->clock_.now(),   mark_.item, address.spelled()};
  std::string text;
  {
    const std::lock_guard lock(book_->mutex_);
    Batch& batch = book_->batches_.at(file_);
    const auto known = batch.items.find(line.key);
    if (known != batch.items.end() && known->second.outcome == outcome) {
      return {};
    }
    if (outcome == BatchOutcome::skipped && batch.skipped.contains(line.key)) {
      batch.last = line.time;
      return {};
    }
    if (batch.lines == 0) {
      text = "batch 1 " + batch.id + ' ' + batch.mta_name + ' ' + batch.sender + '\n';
    }
  }
  text += text_of(line);
  if (auto written = book_->files_.append(file_, text); !written) {
    return written;
  }
  const std::lock_guard lock(book_->mutex_);
  count(std::move(line), book_->batches_.at(file_));
  return {};
}

Status BatchBook::Claim::note_end() {
  const Timestamp now = book_->clock_.now();
  if (auto written = book_->files_.append(file_, "end " + rfc3339(now) + '\n'); !written) {
    return written;
  }
  const std::lock_guard lock(book_->mutex_);
  book_->batches_.at(file_).ended = true;
  return {};
}

Result<BatchBook::Claim> BatchBook::claim(const BatchMark& mark, const mail::Envelope& envelope,
                                          const DigestId& content,
                                          std::span<const std::string> address_keys) {
  Claim claim;
  claim.file_ = file_name(envelope, mark);
  claim.mark_ = mark;
  claim.content_ = content.str();
  for (const std::string& address_key : address_keys) {
    claim.keys_.push_back(claim.key_of(address_key));
  }
  const std::lock_guard lock(mutex_);
  auto found = batch(claim.file_);
  if (!found) {
    return fail(found);
  }
  Batch& batch = **found;
  batch.id = mark.id;
  batch.sender = envelope.reverse_path ? one_line(envelope.reverse_path->spelled()) : "-";
  batch.mta_name = one_line(envelope.client.mta_name);
  const auto is_new = [&batch](const std::string& key) { return !batch.items.contains(key); };
  const auto added = std::count_if(claim.keys_.begin(), claim.keys_.end(), is_new);
  if (batch.items.size() + static_cast<std::size_t>(added) > limits::kBatchItems) {
    return fail(batch_full().with("batch", mark.id));
  }
  const auto busy = [&batch](const std::string& key) { return batch.in_work.contains(key); };
  if (std::any_of(claim.keys_.begin(), claim.keys_.end(), busy)) {
    return fail(transient_fault("batch.busy", "the same item of a batch is in work just now")
                    .with("batch", mark.id));
  }
  for (const std::string& key : claim.keys_) {
    batch.in_work.emplace(key, 1);
  }
  claim.book_ = this;
  return claim;
}

Result<BatchBook::Batch*> BatchBook::batch(const std::string& file) {
  const auto known = batches_.find(file);
  if (known != batches_.end()) {
    return &known->second;
  }
  const auto text = files_.read(file);
  if (!text) {
    return fail(text.error().id == "file.too_large" ? batch_full() : text.error());
  }
  Batch batch;
  batch.last = clock_.now();
  for (const std::string_view line : split(*text, '\n')) {
    read_line(line, batch);
  }
  return &batches_.emplace(file, std::move(batch)).first->second;
}

// A line that is none of ours is passed over: what it would say is then not known, and its item is
// sent again, which is what happens without a batch.
void BatchBook::read_line(std::string_view line, Batch& batch) {
  const auto head = words(line, 2);
  if (head.front() == "batch") {
    const auto parts = words(line, 5);
    if (parts.size() == 5) {
      batch.id = parts[2];
      batch.mta_name = parts[3];
      batch.sender = parts[4];
    }
  } else if (head.front() == "item") {
    const auto parts = words(line, 8);
    const auto outcome = parts.size() == 8 ? outcome_from(parts[3]) : std::nullopt;
    if (outcome) {
      count({std::string(parts[1]), std::string(parts[2]), *outcome, std::string(parts[4]),
             time_from(parts[5]), parts[6] == "-" ? "" : std::string(parts[6]),
             std::string(parts[7])},
            batch);
    }
  } else if (head.front() == "end") {
    batch.ended = true;
  } else if (head.front() == "told") {
    const auto parts = words(line, 3);
    std::size_t covers = 0;
    if (parts.size() == 3) {
      std::from_chars(parts[1].data(), parts[1].data() + parts[1].size(), covers);
    }
    const std::size_t before = batch.lines - batch.untold.size();
    const std::size_t gone = covers > before ? std::min(covers - before, batch.untold.size()) : 0;
    batch.untold.erase(batch.untold.begin(),
                       batch.untold.begin() + static_cast<std::ptrdiff_t>(gone));
    batch.skipped.clear();
    for (const BatchLine& left : batch.untold) {
      note_skipped(left, batch);
    }
    batch.ended = false;
  }
}

void BatchBook::note_skipped(const BatchLine& line, Batch& batch) {
  if (line.outcome == BatchOutcome::skipped) {
    batch.skipped.insert(line.key);
  }
}

void BatchBook::count(BatchLine line, Batch& batch) {
  ++batch.lines;
  note_skipped(line, batch);
  batch.last = line.time;
  if (line.outcome == BatchOutcome::sent || line.outcome == BatchOutcome::held) {
    batch.items.insert_or_assign(line.key, Batch::Item{line.content, line.outcome});
  }
  batch.untold.push_back(std::move(line));
}

Status BatchBook::load_untold() {
  const auto files = files_.list();
  if (!files) {
    return fail(files.error());
  }
  const std::lock_guard lock(mutex_);
  for (const BatchFile& file : *files) {
    if (file.last_line.starts_with("told ")) {
      continue;
    }
    if (auto loaded = batch(file.name); !loaded) {
      log::fault(log::Level::warning, "-", loaded.error().with("file", file.name));
    }
  }
  return {};
}

BatchSummary BatchBook::summary_of(const std::string& file, const Batch& batch) const {
  BatchSummary summary;
  summary.file = file;
  summary.id = batch.id;
  summary.sender = batch.sender;
  summary.mta_name = batch.mta_name;
  summary.covers = batch.lines;
  summary.ended = batch.ended;
  summary.first = batch.untold.front().time;
  summary.last = batch.last;
  for (const BatchLine& line : batch.untold) {
    const bool held = line.outcome == BatchOutcome::held;
    if (line.outcome == BatchOutcome::sent) {
      ++summary.sent[line.method];
    } else if (line.outcome == BatchOutcome::skipped) {
      ++summary.skipped;
    } else {
      ++(held ? summary.held : summary.failed);
      auto& names = held ? summary.held_items : summary.failed_items;
      if (names.size() < kNamed) {
        names.push_back(named(line));
      }
    }
  }
  return summary;
}

std::vector<BatchSummary> BatchBook::due() {
  std::vector<BatchSummary> out;
  const std::lock_guard lock(mutex_);
  for (const auto& [file, batch] : batches_) {
    const bool quiet = options_.quiet.count() > 0 && clock_.now() - batch.last >= options_.quiet;
    if (!batch.untold.empty() && batch.in_work.empty() && (quiet || batch.ended) &&
        clock_.now() >= batch.not_before) {
      out.push_back(summary_of(file, batch));
    }
  }
  return out;
}

Status BatchBook::told(const BatchSummary& summary) {
  const std::string line =
      "told " + std::to_string(summary.covers) + ' ' + rfc3339(clock_.now()) + '\n';
  if (auto written = files_.append(summary.file, line); !written) {
    return written;
  }
  const std::lock_guard lock(mutex_);
  Batch& batch = batches_.at(summary.file);
  const bool ended_since = batch.ended && !summary.ended;
  read_line(std::string_view(line).substr(0, line.size() - 1), batch);
  batch.ended = ended_since;
  return {};
}

void BatchBook::put_off(const BatchSummary& summary, std::chrono::seconds by) {
  const std::lock_guard lock(mutex_);
  batches_.at(summary.file).not_before = clock_.now() + by;
}

void BatchBook::forget_old() {
  const auto files = files_.list();
  if (!files) {
    log::fault(log::Level::warning, "-", files.error());
    return;
  }
  const std::lock_guard lock(mutex_);
  std::erase_if(batches_, [this](const auto& entry) {
    const Batch& batch = entry.second;
    return batch.in_work.empty() && batch.untold.empty() && clock_.now() - batch.last > kKept;
  });
  for (const BatchFile& file : *files) {
    if (clock_.now() - file.written > options_.window && !batches_.contains(file.name)) {
      if (auto removed = files_.remove(file.name); !removed) {
        log::fault(log::Level::warning, "-", removed.error());
      }
    }
  }
}

}  // namespace phimilter::delivery
