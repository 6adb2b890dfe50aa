// SPDX-License-Identifier: Apache-2.0
#include "mail/spool.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/files.h"
#include "base/limits.h"

namespace phimilter::mail {
namespace {

class Mapping {
 public:
  Mapping() = default;
  Mapping(const Mapping&) = delete;
  Mapping& operator=(const Mapping&) = delete;
  ~Mapping() { release(); }

  bool map(int fd, std::size_t size) {
    release();
    void* address = mmap(nullptr, size, PROT_READ, MAP_PRIVATE, fd, 0);
    if (address == MAP_FAILED) {
      return false;
    }
    address_ = address;
    size_ = size;
    return true;
  }
  void release() {
    if (address_ != nullptr) {
      munmap(address_, size_);
      address_ = nullptr;
      size_ = 0;
    }
  }
  void rest() const {
    if (address_ != nullptr) {
      static_cast<void>(madvise(address_, size_, MADV_DONTNEED));
    }
  }
  std::string_view view() const { return {static_cast<const char*>(address_), size_}; }

 private:
  void* address_ = nullptr;
  std::size_t size_ = 0;
};

}  // namespace

struct Spool::State {
  std::string folder;
  std::size_t in_memory = limits::kBodyInMemory;
  std::string memory;
  UniqueFd file;
  std::size_t size = 0;
  Mapping mapping;

  Status open_file() {
    file = UniqueFd(open(folder.c_str(), O_TMPFILE | O_RDWR | O_CLOEXEC, 0600));
    if (!file) {
      return fail(errno_fault("spool.open", "cannot make an unnamed file in the spool folder")
                      .with("path", folder));
    }
    auto wrote = write_all(file.get(), memory, folder);
    if (!wrote) {
      return spool_fault(std::move(wrote.error()));
    }
    memory.clear();
    memory.shrink_to_fit();
    return {};
  }

  // Storage faults of the spool have a reply of their own.
  static Status spool_fault(Fault fault) {
    fault.id = "spool.write";
    return fail(std::move(fault));
  }
};

Spool::Spool(std::string folder, std::size_t in_memory) : state_(std::make_unique<State>()) {
  state_->folder = std::move(folder);
  if (in_memory != 0) {
    state_->in_memory = in_memory;
  }
}

Spool::~Spool() = default;
Spool::Spool(Spool&&) noexcept = default;
Spool& Spool::operator=(Spool&&) noexcept = default;

Status Spool::write(std::string_view bytes) {
  State& state = *state_;
  state.mapping.release();
  if (!state.file && state.size + bytes.size() > state.in_memory) {
    if (auto opened = state.open_file(); !opened) {
      return opened;
    }
  }
  if (state.file) {
    if (auto wrote = write_all(state.file.get(), bytes, state.folder); !wrote) {
      return State::spool_fault(std::move(wrote.error()));
    }
  } else {
    state.memory.append(bytes);
  }
  state.size += bytes.size();
  return {};
}

std::size_t Spool::size() const {
  return state_->size;
}

void Spool::rest() const {
  state_->mapping.rest();
}

Result<std::string_view> Spool::view() const {
  State& state = *state_;
  if (!state.file) {
    return std::string_view(state.memory);
  }
  if (state.mapping.view().size() != state.size &&
      !state.mapping.map(state.file.get(), state.size)) {
    return fail(errno_fault("spool.map", "cannot map the spooled body").with("path", state.folder));
  }
  return state.mapping.view();
}

}  // namespace phimilter::mail
