// Whether bytes are a plan of this version whose every reference leads where it may: what the
// validator follows without checks.
#pragma once

#include <string_view>

namespace edgehose {

[[nodiscard]] bool is_sound_plan(std::string_view bytes);

}  // namespace edgehose
