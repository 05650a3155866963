// The XML that S3's clients send, read from anything.
#include "shared/base/text.h"
#include "simulator/http/xml_reader.h"
#include "tests/fuzz/fuzz.h"

using namespace edgehose;
using namespace edgehose::fuzz;

namespace {

size_t check_element(const XmlElement& element, size_t depth) {
  check(depth <= kXmlDepthMax, "no deeper than the bound");
  check(!element.name.empty() && is_utf8(element.name), "an element has a name");
  check(is_utf8(element.text), "its text is text");
  size_t count = 1;
  for (const XmlElement& child : element.children) count += check_element(child, depth + 1);
  return count;
}

}  // namespace

int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const auto root = read_xml(text_of(data, size));
  if (root) check(check_element(*root, 1) <= kXmlElementsMax, "no more elements than the bound");
  return 0;
}
