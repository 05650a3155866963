#include "simulator/http/s3_xml.h"

#include <charconv>

#include "shared/base/text.h"
#include "simulator/http/xml_reader.h"

namespace edgehose {
namespace {

constexpr std::string_view kNamespace = "http://s3.amazonaws.com/doc/2006-03-01/";
constexpr std::string_view kXmlHead = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n";
constexpr std::string_view kChecksum = "x-amz-checksum-";

AwsError malformed_xml() {
  return {"MalformedXML",
          "The XML you provided was not well-formed or did not validate against our published "
          "schema",
          400};
}

AwsError not_implemented(std::string_view element) {
  std::string message = "An element you provided implies functionality that is not implemented: ";
  return {"NotImplemented", message.append(element), 501};
}

// `x-amz-checksum-crc32` -> `ChecksumCRC32`
std::string checksum_element(std::string_view header) {
  std::string name = "Checksum";
  for (char c : header.substr(kChecksum.size())) {
    name.push_back(is_lower(c) ? static_cast<char>(c - 32) : c);
  }
  return name;
}

// `ChecksumCRC32` -> `x-amz-checksum-crc32`
std::string checksum_header(std::string_view element) {
  std::string name(kChecksum);
  for (char c : element.substr(std::string_view("Checksum").size())) name.push_back(to_lower(c));
  return name;
}

Outcome<CompletedPart> read_part(const XmlElement& element) {
  CompletedPart part;
  bool has_number = false;
  for (const XmlElement& member : element.children) {
    const std::string_view text = trim(member.text);
    if (member.name == "PartNumber") {
      const char* end = text.data() + text.size();
      const auto [stop, code] = std::from_chars(text.data(), end, part.number);
      has_number = code == std::errc() && stop == end;
    } else if (member.name == "ETag") {
      part.etag = unquoted_etag(text);
    } else if (member.name.starts_with("Checksum")) {
      part.checksums.emplace_back(checksum_header(member.name), text);
    } else {
      return malformed_xml();
    }
  }
  if (!has_number || part.etag.empty()) return malformed_xml();
  return part;
}

}  // namespace

void append_escaped(std::string& out, std::string_view text) {
  for (char c : text) {
    switch (c) {
      case '&':
        out.append("&amp;");
        break;
      case '<':
        out.append("&lt;");
        break;
      case '>':
        out.append("&gt;");
        break;
      case '"':
        out.append("&quot;");
        break;
      default:
        if (static_cast<unsigned char>(c) >= 0x20) {
          out.push_back(c);
        } else {
          // As S3 does; XML 1.0 has no better way to carry a control character.
          out.append("&#");
          append_number(out, c);
          out.push_back(';');
        }
    }
  }
}

void append_element(std::string& out, std::string_view name, std::string_view text) {
  out.append("<").append(name).append(">");
  append_escaped(out, text);
  out.append("</").append(name).append(">");
}

void append_element(std::string& out, std::string_view name, uint64_t value) {
  append_element(out, name, std::to_string(value));
}

std::string open_root(std::string_view name) {
  std::string text = "<";
  return text.append(name).append(" xmlns=\"").append(kNamespace).append("\">");
}

HttpResponse xml_response(std::string body) {
  return {.status = 200,
          .headers = {{"Content-Type", "application/xml"}},
          .body = std::string(kXmlHead) + std::move(body)};
}

HttpResponse xml_error(const AwsError& error, std::string_view resource) {
  std::string body = "<Error>";
  append_element(body, "Code", error.code);
  append_element(body, "Message", error.message);
  append_element(body, "Resource", resource);
  append_element(body, "RequestId", "edgehose");
  HttpResponse response = xml_response(body.append("</Error>"));
  response.status = error.http_status;
  return response;
}

std::string quoted_etag(std::string_view etag) {
  std::string text = "\"";
  return text.append(etag).append("\"");
}

std::string_view unquoted_etag(std::string_view etag) {
  if (etag.size() >= 2 && etag.front() == '"' && etag.back() == '"') {
    return etag.substr(1, etag.size() - 2);
  }
  return etag;
}

void append_checksums(std::string& out, const ObjectHeaders& headers) {
  for (const auto& [name, value] : headers) {
    if (!name.starts_with(kChecksum)) continue;
    append_element(out, name == "x-amz-checksum-type" ? "ChecksumType" : checksum_element(name),
                   value);
  }
}

Outcome<DeleteList> read_delete_list(std::string_view xml) {
  const auto root = read_xml(xml);
  if (!root || root->name != "Delete") return malformed_xml();
  DeleteList list;
  for (const XmlElement& element : root->children) {
    if (element.name == "Quiet") {
      list.is_quiet = trim(element.text) == "true";
      continue;
    }
    const XmlElement* key = element.child("Key");
    if (element.name != "Object" || key == nullptr || key->text.empty()) return malformed_xml();
    for (const XmlElement& member : element.children) {
      if (member.name != "Key") return not_implemented(member.name);
    }
    list.keys.push_back(key->text);
  }
  if (list.keys.empty() || list.keys.size() > kDeletedKeysMax) return malformed_xml();
  return list;
}

Outcome<std::vector<CompletedPart>> read_completed_parts(std::string_view xml) {
  const auto root = read_xml(xml);
  if (!root || root->name != "CompleteMultipartUpload") return malformed_xml();
  std::vector<CompletedPart> parts;
  for (const XmlElement& element : root->children) {
    if (element.name != "Part" || parts.size() == kPartNumberMax) return malformed_xml();
    auto part = read_part(element);
    if (!part) return part.error();
    parts.push_back(std::move(part.value()));
  }
  return parts;
}

Outcome<std::string> read_location(std::string_view xml) {
  if (trim(xml).empty()) return std::string();
  const auto root = read_xml(xml);
  if (!root || root->name != "CreateBucketConfiguration") return malformed_xml();
  for (const XmlElement& element : root->children) {
    if (element.name != "LocationConstraint") return not_implemented(element.name);
  }
  return std::string(trim(root->child_text("LocationConstraint")));
}

}  // namespace edgehose
