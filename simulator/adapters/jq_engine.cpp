#include "simulator/adapters/jq_engine.h"

extern "C" {
#include <jq.h>
#include <jv.h>
}

#include <algorithm>
#include <array>

#include "shared/base/text.h"

namespace edgehose {
namespace {

// What a query may not name. `error` and `label` are harmless, but no key needs them.
constexpr auto kRefused =
    std::to_array<std::string_view>({"$ENV",      "$__loc__",      "$__prog_args",
                                     "break",     "combinations",  "debug",
                                     "def",       "env",           "foreach",
                                     "halt",      "halt_error",    "import",
                                     "include",   "input",         "input_filename",
                                     "inputs",    "label",         "limit",
                                     "localtime", "modulemeta",    "input_line_number",
                                     "now",       "range",         "repeat",
                                     "stderr",    "strflocaltime", "until",
                                     "walk",      "while",         "get_search_list"});

bool is_name_byte(char c) { return is_alnum(c) || c == '_'; }

// The words of a program outside of its strings, with the code inside of `\(...)`.
class Words {
 public:
  explicit Words(std::string_view query) : query_(query) {}

  // Empty at the end. `is_call_with_arguments` tells of a parenthesis behind it.
  std::string_view next(bool& is_call_with_arguments) {
    while (at_ < query_.size()) {
      const char c = query_[at_];
      if (c == '#') {
        at_ = std::min(query_.find('\n', at_), query_.size());
      } else if (c == '"') {
        ++at_;
        skip_text();
      } else if (c == ')' && close_paren()) {
        skip_text();
      } else if (is_alpha(c) || c == '_' || c == '$') {
        return take_word(is_call_with_arguments);
      } else {
        if (c == '(') ++open_;
        ++at_;
      }
    }
    return {};
  }

 private:
  // A parenthesis that ends an interpolation goes back into its string.
  bool close_paren() {
    ++at_;
    if (!texts_.empty() && texts_.back() == open_) {
      texts_.pop_back();
      return true;
    }
    if (open_ > 0) --open_;
    return false;
  }

  // Behind the quote that ends it, or behind the parenthesis that begins an interpolation.
  void skip_text() {
    while (at_ < query_.size()) {
      const char c = query_[at_++];
      if (c == '"') return;
      if (c != '\\' || at_ == query_.size()) continue;
      if (query_[at_++] != '(') continue;
      texts_.push_back(open_);
      return;
    }
  }

  // A field (.name) is no word: it names nothing of jq's own.
  std::string_view take_word(bool& is_call_with_arguments) {
    const size_t start = at_;
    ++at_;
    while (at_ < query_.size() && is_name_byte(query_[at_])) ++at_;
    std::string_view word = query_.substr(start, at_ - start);
    if (start > 0 && query_[start - 1] == '.') word = ".";
    size_t after = at_;
    while (after < query_.size() && (query_[after] == ' ' || query_[after] == '\n')) ++after;
    is_call_with_arguments = after < query_.size() && query_[after] == '(';
    return word;
  }

  std::string_view query_;
  size_t at_ = 0;
  uint32_t open_ = 0;
  std::vector<uint32_t> texts_;  // the depth at each open interpolation
};

std::string refused_word(std::string_view query) {
  Words words(query);
  bool has_arguments = false;
  for (std::string_view word = words.next(has_arguments); !word.empty();
       word = words.next(has_arguments)) {
    const bool is_refused = std::find(kRefused.begin(), kRefused.end(), word) != kRefused.end();
    if (is_refused || (word == "recurse" && has_arguments)) return std::string(word);
  }
  return "";
}

void keep_first_error(void* to, jv message) {
  auto* const fault = static_cast<std::string*>(to);
  if (fault->empty() && jv_get_kind(message) == JV_KIND_STRING) {
    fault->assign(jv_string_value(message));
    std::replace(fault->begin(), fault->end(), '\n', ' ');
  }
  jv_free(message);
}

std::string text_of(jv value) {
  if (jv_get_kind(value) == JV_KIND_STRING) {
    std::string text(jv_string_value(value),
                     static_cast<size_t>(jv_string_length_bytes(jv_copy(value))));
    jv_free(value);
    return text;
  }
  const jv dumped = jv_dump_string(value, 0);
  std::string text = jv_string_value(dumped);
  jv_free(dumped);
  return text;
}

class Program final : public JqProgram {
 public:
  explicit Program(jq_state* jq) : jq_(jq) {}
  ~Program() override { jq_teardown(&jq_); }
  Program(const Program&) = delete;
  Program& operator=(const Program&) = delete;

  JqKeys run(std::string_view json) override {
    const jv input = jv_parse_sized(json.data(), static_cast<int>(json.size()));
    if (!jv_is_valid(input)) {
      jv_free(input);
      return {{}, "Non JSON record provided"};
    }
    jq_start(jq_, input, 0);
    const jv result = jq_next(jq_);
    JqKeys keys = read_result(result);
    jv_free(result);
    return keys;
  }

 private:
  static JqKeys read_result(const jv& result) {
    if (jv_get_kind(result) == JV_KIND_INVALID) return {{}, fault_of(jv_copy(result))};
    if (jv_get_kind(result) != JV_KIND_OBJECT) {
      return {{}, "The query did not return an object of partition keys"};
    }
    JqKeys keys;
    for (int at = jv_object_iter(result); jv_object_iter_valid(result, at);
         at = jv_object_iter_next(result, at)) {
      const jv value = jv_object_iter_value(result, at);
      const jv_kind kind = jv_get_kind(value);
      std::string name = text_of(jv_object_iter_key(result, at));
      if (kind == JV_KIND_ARRAY || kind == JV_KIND_OBJECT) {
        jv_free(value);
        return {{}, "partitionKeys values must be strings, numbers or booleans: " + name};
      }
      const bool is_null = kind == JV_KIND_NULL;
      keys.keys.emplace_back(std::move(name), is_null ? "" : text_of(jv_copy(value)));
      jv_free(value);
    }
    return keys;
  }

  static std::string fault_of(jv invalid) {
    if (!jv_invalid_has_msg(jv_copy(invalid))) {
      jv_free(invalid);
      return "The query returned nothing";
    }
    const jv message = jv_invalid_get_msg(invalid);
    return text_of(message);
  }

  jq_state* jq_;
};

}  // namespace

std::unique_ptr<JqProgram> JqEngine::compile(std::string_view query, std::string& fault) const {
  fault = refused_word(query);
  if (!fault.empty()) {
    fault += " is refused: the same record must give the same keys at any time, in bounded steps";
    return nullptr;
  }
  if (query.find('\0') != std::string_view::npos) {
    fault = "it holds a zero byte";
    return nullptr;
  }
  jq_state* jq = jq_init();
  if (jq == nullptr) {
    fault = "jq does not start";
    return nullptr;
  }
  jq_set_error_cb(jq, keep_first_error, &fault);
  const bool compiles = jq_compile(jq, std::string(query).c_str()) != 0;
  jq_set_error_cb(jq, nullptr, nullptr);
  if (!compiles) {
    jq_teardown(&jq);
    if (fault.empty()) fault = "it does not compile";
    return nullptr;
  }
  fault.clear();
  return std::make_unique<Program>(jq);
}

}  // namespace edgehose
