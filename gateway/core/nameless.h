// Free text of a person at home, fit to be published: no name that this box knows stays in it.
// What it cannot know (a neighbour's name) stays; the command line says so to who types it.
#pragma once

#include <string>
#include <string_view>

namespace lamplight::core {

// `text` with the name, and each word of it by itself, replaced by `instead`: whole words, in
// whatever case of ASCII letters. An empty name changes nothing.
std::string without_name(std::string_view text, std::string_view name, std::string_view instead);

}  // namespace lamplight::core
