#pragma once

#include <string>
#include <vector>

#include "profiler/result.h"
#include "simulator/card_file.h"

namespace profile_train::cli {

/// The cards that come with the program, in the order of their names.
Result<std::vector<simulator::CardFile>> shipped_cards();

/// A card by its name ("h200", also "H200"), by another name that its file gives ("h100"), or by the path of a user's
/// own file ("./my_card.yaml"). The error names the nearest card.
Result<simulator::Card> find_card(const std::string& name);

}  // namespace profile_train::cli
