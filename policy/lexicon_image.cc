// SPDX-License-Identifier: Apache-2.0
#include "policy/lexicon_image.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>

#include <algorithm>
#include <array>
#include <bit>
#include <cstring>

#include "base/encoding.h"
#include "base/files.h"
#include "base/limits.h"
#include "policy/normalise.h"

namespace phimilter::policy {
namespace {

constexpr std::array<char, 8> kMagic{'P', 'H', 'I', 'L', 'E', 'X', '\n', '\0'};
constexpr std::uint32_t kVersion = 2;
constexpr std::uint32_t kByteOrder = 0x01020304;
constexpr std::size_t kSections = 8;
constexpr std::size_t kAlignment = 8;
constexpr std::size_t kLargestImage = 256 * limits::kMiB;
constexpr std::size_t kMostColumns = 1000;
constexpr std::size_t kFilterBits = 16;  // for each first word

struct Section {
  std::uint64_t offset = 0;
  std::uint64_t bytes = 0;
};

struct Header {
  std::array<char, 8> magic = kMagic;
  std::uint32_t version = kVersion;
  std::uint32_t byte_order = kByteOrder;
  std::uint64_t size = 0;
  Sha256 digest{};
  std::array<Section, kSections> sections{};
};
static_assert(sizeof(Header) == 24 + 32 + kSections * 16);

Fault image_fault(const std::string& path, const std::string& what) {
  return configuration_fault("policy.lexicon", path + ": " + what);
}

template <typename T>
std::string_view raw(std::span<const T> items) {
  return {reinterpret_cast<const char*>(items.data()), items.size_bytes()};
}

// The sections of a mapped file as arrays; false: one does not fit.
class Sections {
 public:
  Sections(const char* bytes, std::size_t size, const Header& header)
      : bytes_(bytes), size_(size), header_(header) {}

  template <typename T>
  bool next(std::span<const T>& out) {
    const Section& section = header_.sections[index_++];
    if (section.offset % kAlignment != 0 || section.offset > size_ ||
        section.bytes > size_ - section.offset || section.bytes % sizeof(T) != 0) {
      return false;
    }
    out = {reinterpret_cast<const T*>(bytes_ + section.offset), section.bytes / sizeof(T)};
    return true;
  }

 private:
  const char* bytes_;
  std::size_t size_;
  const Header& header_;
  std::size_t index_ = 0;
};

// What look-ups rely on: they end, and they stay inside.
bool is_sound(const TermTable& table, std::size_t columns) {
  const std::size_t words = table.word_ends.size() - 1;
  const std::size_t states = table.states.size();
  const auto used_slots = std::count_if(table.slots.begin(), table.slots.end(),
                                        [](const VocabularySlot& slot) { return slot.word != 0; });
  const auto used_edges = std::count_if(table.edges.begin(), table.edges.end(),
                                        [](const TermEdge& edge) { return edge.next != 0; });
  const auto ends = table.word_ends;
  const auto& terminals = table.terminals;
  bool sound = std::has_single_bit(table.slots.size()) && std::has_single_bit(table.edges.size()) &&
               static_cast<std::size_t>(used_slots) < table.slots.size() &&
               static_cast<std::size_t>(used_edges) < table.edges.size() && states > 0 &&
               table.starts.size() == words + 1 && table.starts[0] == 0 && ends.front() == 0 &&
               ends.back() == table.letters.size() && std::is_sorted(ends.begin(), ends.end());
  sound = sound && std::all_of(table.slots.begin(), table.slots.end(),
                               [&](const VocabularySlot& slot) { return slot.word <= words; });
  sound = sound && std::all_of(table.edges.begin(), table.edges.end(),
                               [&](const TermEdge& edge) { return edge.next < states; });
  sound = sound && std::all_of(table.starts.begin(), table.starts.end(),
                               [&](std::uint32_t state) { return state < states; });
  sound =
      sound && std::all_of(table.states.begin(), table.states.end(),
                           [&](const TermState& state) { return state.head <= terminals.size(); });
  for (std::size_t i = 0; sound && i < terminals.size(); ++i) {
    sound = terminals[i].next <= i && terminals[i].entry < columns && terminals[i].group == 0;
  }
  return sound;
}

}  // namespace

LexiconImage::~LexiconImage() {
  if (bytes_ != nullptr) {
    munmap(const_cast<char*>(bytes_), size_);
  }
}

Result<std::shared_ptr<const LexiconImage>> LexiconImage::open(const std::string& path) {
  std::shared_ptr<LexiconImage> out(new LexiconImage);
  const UniqueFd file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  struct stat about {};
  if (!file || fstat(file.get(), &about) != 0) {
    return fail(image_fault(path, "cannot be read: " + std::string(std::strerror(errno))));
  }
  const auto size = static_cast<std::size_t>(about.st_size);
  if (size < sizeof(Header) || size > kLargestImage) {
    return fail(image_fault(path, "is no compiled lexicon"));
  }
  void* mapped = mmap(nullptr, size, PROT_READ, MAP_PRIVATE, file.get(), 0);
  if (mapped == MAP_FAILED) {
    return fail(image_fault(path, "cannot be mapped: " + std::string(std::strerror(errno))));
  }
  out->bytes_ = static_cast<const char*>(mapped);
  out->size_ = size;
  if (auto read = out->read(path); !read) {
    return fail(read.error());
  }
  return out;
}

Status LexiconImage::read(const std::string& path) {
  Header header;
  std::memcpy(&header, bytes_, sizeof header);
  if (header.magic != kMagic) {
    return fail(image_fault(path, "is no compiled lexicon"));
  }
  if (header.version != kVersion || header.byte_order != kByteOrder) {
    return fail(image_fault(
        path, "was compiled by another version or machine: run phictl lexicon import again"));
  }
  const std::string_view contents(bytes_ + sizeof header, size_ - sizeof header);
  if (header.size != size_ || sha256(contents) != header.digest) {
    return fail(image_fault(path, "is damaged: run phictl lexicon import again"));
  }
  digest_ = hex(header.digest);
  Sections sections(bytes_, size_, header);
  std::span<const char> columns;
  const bool fits = sections.next(table_.slots) && sections.next(table_.word_ends) &&
                    sections.next(table_.letters) && sections.next(table_.starts) &&
                    sections.next(table_.edges) && sections.next(table_.states) &&
                    sections.next(table_.terminals) && sections.next(columns);
  if (fits) {
    for (const std::string_view column : split({columns.data(), columns.size()}, '\n')) {
      columns_.emplace_back(column);
    }
    columns_.resize(columns_.size() - std::min<std::size_t>(columns_.size(), 1));  // the last end
  }
  if (!fits || table_.word_ends.empty() || columns_.size() > kMostColumns ||
      !is_sound(table_, columns_.size())) {
    return fail(image_fault(path, "is damaged: run phictl lexicon import again"));
  }
  look_over_words();
  return {};
}

void LexiconImage::look_over_words() {
  const auto starts = static_cast<std::size_t>(std::count_if(
      table_.starts.begin(), table_.starts.end(), [](std::uint32_t state) { return state != 0; }));
  const std::size_t bits = std::bit_ceil(std::max<std::size_t>(64, starts * kFilterBits));
  filter_.assign(bits / 64, 0);
  filter_mask_ = bits - 1;
  for (std::uint32_t word = 1; word < table_.starts.size(); ++word) {
    const std::uint64_t hash = hash_word(table_.word(word));
    hash_is_enough_ = hash_is_enough_ && table_.find_hash(hash) == word;
    if (table_.starts[word] != 0) {
      const std::size_t bit = (hash >> 24U) & filter_mask_;
      filter_[bit / 64] |= std::uint64_t{1} << (bit % 64);
    }
  }
}

bool LexiconImage::contains(std::string_view term) const {
  std::uint32_t state = 0;
  for (const std::string& word : folded_words(term)) {
    const std::uint32_t id = table_.find_word({word, hash_word(word), true});
    state = id == 0 ? 0 : state == 0 ? table_.starts[id] : table_.step(state, id);
    if (state == 0) {
      return false;
    }
  }
  return state != 0 && table_.states[state].head != 0;
}

bool LexiconImageWriter::add(std::string_view term, std::string_view column) {
  const std::vector<std::string> words = folded_words(term);
  if (words.empty() || words.size() > kLongestTerm) {
    return false;
  }
  const auto known = std::find(columns_.begin(), columns_.end(), column);
  const auto entry = static_cast<std::uint32_t>(known - columns_.begin());
  if (known == columns_.end()) {
    columns_.emplace_back(column);
  }
  const bool capitals = column.find('U') != std::string_view::npos;
  table_.add_term(words, {entry, 0, 0, static_cast<std::uint16_t>(capitals ? 1 : 0)});
  return true;
}

std::string LexiconImageWriter::bytes() const {
  const TermTable table = table_.view();
  std::string columns;
  for (const std::string& column : columns_) {
    columns += column + '\n';
  }
  const std::array<std::string_view, kSections> sections{
      raw(table.slots), raw(table.word_ends), raw(table.letters),   raw(table.starts),
      raw(table.edges), raw(table.states),    raw(table.terminals), columns};
  Header header;
  std::string contents;
  for (std::size_t i = 0; i < kSections; ++i) {
    contents.append((kAlignment - contents.size() % kAlignment) % kAlignment, '\0');
    header.sections[i] = {sizeof header + contents.size(), sections[i].size()};
    contents += sections[i];
  }
  header.size = sizeof header + contents.size();
  header.digest = sha256(contents);
  return std::string(reinterpret_cast<const char*>(&header), sizeof header) + contents;
}

}  // namespace phimilter::policy
