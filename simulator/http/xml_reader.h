// Reads the small XML documents that S3's clients send: elements and text, no document types, no
// entities of one's own. Everything is bounded.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace edgehose {

struct XmlElement {
  std::string name;  // without a namespace's prefix
  std::string text;  // of the element itself, entities undone
  std::vector<XmlElement> children;

  // The first child of a name, or nullptr.
  [[nodiscard]] const XmlElement* child(std::string_view child_name) const;
  // Its text; empty when there is none.
  [[nodiscard]] std::string_view child_text(std::string_view child_name) const;
};

inline constexpr size_t kXmlDepthMax = 8;
inline constexpr size_t kXmlElementsMax = 100'000;

// The root element; nothing when the text is not well-formed or passes a bound.
[[nodiscard]] std::optional<XmlElement> read_xml(std::string_view text);

}  // namespace edgehose
