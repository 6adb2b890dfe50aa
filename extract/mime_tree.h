// SPDX-License-Identifier: Apache-2.0
//
// A message as a flat list of its entities (RFC 2045 2.4), parents before children, in the order of
// the message. Bytes are referred to, not copied; header values are raw.
#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace phimilter::extract {

// Sets the MIME library up and silences it. Once, before the jail.
void warm_up_mime();

enum class Shape { leaf, multipart, message };

struct Entity {
  Shape shape = Shape::leaf;
  std::string path;         // "1.2"; inside a nested message "2/1"
  std::size_t depth = 0;    // containers around it
  std::string parent_type;  // "multipart/signed"; empty at the top of a message
  std::string media_type;   // as declared, lower case, printable ASCII
  std::string charset;
  std::vector<std::string> names;  // file names and description, decoded
  bool attached = false;           // Content-Disposition: attachment
  bool flowed = false;             // format=flowed, RFC 3676
  bool delete_space = false;       // delsp=yes
  bool has_content_id = false;
  std::size_t children = 0;  // of a multipart: as many entities that name it as parent follow
  std::string headers;       // of a nested message: its raw header block
  std::string outside;  // of a multipart: the raw text before the first and after the last part
};

struct TreePlace {
  std::string prefix;  // of paths: "" or "2/"
  std::size_t depth = 0;
  std::size_t parts = 0;  // entities counted before, for limits::kMimeParts
};

class MimeTree {
 public:
  // `bytes` must outlive the tree. What lies past limits::kMimeDepth and kMimeParts is left out:
  // over_limit().
  MimeTree(std::string_view bytes, const TreePlace& place);
  ~MimeTree();
  MimeTree(const MimeTree&) = delete;
  MimeTree& operator=(const MimeTree&) = delete;

  const std::vector<Entity>& entities() const;
  bool over_limit() const;
  // The library stumbled over the structure: other readers may see other parts in these bytes.
  bool ambiguous() const;
  // The leaf's content without its transfer encoding, at most so many bytes.
  std::string content(std::size_t index, std::size_t longest) const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace phimilter::extract
