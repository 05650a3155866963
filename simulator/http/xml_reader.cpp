#include "simulator/http/xml_reader.h"

#include <algorithm>
#include <charconv>
#include <utility>

#include "shared/base/text.h"

namespace edgehose {
namespace {

bool is_blank(char c) { return c == ' ' || c == '\t' || c == '\r' || c == '\n'; }

bool is_name_char(char c) {
  return is_alnum(c) || c == '_' || c == '-' || c == '.' || c == ':' ||
         static_cast<unsigned char>(c) >= 0x80;
}

// More than XML 1.0 allows: keys may hold control characters, and lists give them out like this.
bool is_character(uint32_t code) {
  return (code >= 1 && code <= 0xd7ff) || (code >= 0xe000 && code <= 0x10ffff);
}

class Reader {
 public:
  explicit Reader(std::string_view text) : rest_(text) {}

  std::optional<XmlElement> read_document() {
    if (rest_.starts_with("\xef\xbb\xbf")) rest_.remove_prefix(3);
    XmlElement root;
    if (!skip_between() || !read_element(root, 1) || !skip_between() || !rest_.empty()) {
      return std::nullopt;
    }
    return root;
  }

 private:
  bool take(std::string_view text) {
    if (!rest_.starts_with(text)) return false;
    rest_.remove_prefix(text.size());
    return true;
  }

  bool skip_past(std::string_view end) {
    const size_t at = rest_.find(end);
    if (at == std::string_view::npos) return false;
    rest_.remove_prefix(at + end.size());
    return true;
  }

  void skip_blanks() {
    while (!rest_.empty() && is_blank(rest_.front())) rest_.remove_prefix(1);
  }

  // Blanks, comments and processing instructions.
  bool skip_between() {
    while (true) {
      skip_blanks();
      if (take("<?")) {
        if (!skip_past("?>")) return false;
      } else if (take("<!--")) {
        if (!skip_past("-->")) return false;
      } else {
        return true;
      }
    }
  }

  std::string_view take_name() {
    const auto end = std::find_if_not(rest_.begin(), rest_.end(), is_name_char);
    const auto name = rest_.substr(0, static_cast<size_t>(end - rest_.begin()));
    rest_.remove_prefix(name.size());
    return name;
  }

  // Attributes say nothing in these documents; they must be well-formed all the same.
  bool skip_attributes() {
    while (true) {
      skip_blanks();
      if (rest_.empty() || rest_.front() == '>' || rest_.front() == '/') return !rest_.empty();
      if (take_name().empty()) return false;
      skip_blanks();
      if (!take("=")) return false;
      skip_blanks();
      if (rest_.empty() || (rest_.front() != '"' && rest_.front() != '\'')) return false;
      const char quote = rest_.front();
      rest_.remove_prefix(1);
      if (!skip_past(std::string_view(&quote, 1))) return false;
    }
  }

  bool read_element(XmlElement& element, size_t depth) {
    if (depth > kXmlDepthMax || ++elements_ > kXmlElementsMax || !take("<")) return false;
    const std::string_view qualified = take_name();
    element.name = qualified.substr(qualified.rfind(':') + 1);
    if (element.name.empty() || !skip_attributes()) return false;
    if (take("/>")) return true;
    return take(">") && read_content(element, depth) && take("</") && take(qualified) &&
           (skip_blanks(), take(">"));
  }

  // Up to the end tag, which stays.
  bool read_content(XmlElement& element, size_t depth) {
    while (!rest_.empty() && !rest_.starts_with("</")) {
      bool is_read = true;
      if (take("<!--")) {
        is_read = skip_past("-->");
      } else if (take("<![CDATA[")) {
        is_read = read_raw(element.text, "]]>");
      } else if (rest_.front() == '<') {
        is_read = read_element(element.children.emplace_back(), depth + 1);
      } else if (rest_.front() == '&') {
        is_read = read_entity(element.text);
      } else {
        is_read = read_text(element.text);
      }
      if (!is_read) return false;
    }
    return !rest_.empty();
  }

  bool read_raw(std::string& out, std::string_view end) {
    const size_t at = rest_.find(end);
    if (at == std::string_view::npos) return false;
    out.append(rest_.substr(0, at));
    rest_.remove_prefix(at + end.size());
    return true;
  }

  bool read_text(std::string& out) {
    const size_t end = std::min(rest_.find_first_of("<&"), rest_.size());
    out.append(rest_.substr(0, end));
    rest_.remove_prefix(end);
    return true;
  }

  bool read_entity(std::string& out) {
    constexpr std::pair<std::string_view, char> kNamed[] = {
        {"&lt;", '<'}, {"&gt;", '>'}, {"&amp;", '&'}, {"&quot;", '"'}, {"&apos;", '\''}};
    for (const auto& [text, c] : kNamed) {
      if (!take(text)) continue;
      out.push_back(c);
      return true;
    }
    if (!take("&#")) return false;
    const int base = take("x") ? 16 : 10;
    uint32_t code = 0;
    const auto [end, fault] =
        std::from_chars(rest_.data(), rest_.data() + rest_.size(), code, base);
    if (fault != std::errc() || !is_character(code)) return false;
    rest_.remove_prefix(static_cast<size_t>(end - rest_.data()));
    append_utf8(out, code);
    return take(";");
  }

  std::string_view rest_;
  size_t elements_ = 0;
};

}  // namespace

const XmlElement* XmlElement::child(std::string_view child_name) const {
  for (const XmlElement& element : children) {
    if (element.name == child_name) return &element;
  }
  return nullptr;
}

std::string_view XmlElement::child_text(std::string_view child_name) const {
  const XmlElement* found = child(child_name);
  return found == nullptr ? std::string_view() : std::string_view(found->text);
}

std::optional<XmlElement> read_xml(std::string_view text) {
  if (!is_utf8(text)) return std::nullopt;
  return Reader(text).read_document();
}

}  // namespace edgehose
