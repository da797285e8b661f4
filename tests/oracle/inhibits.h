// Inhibition by 4.7, over whole histories: leases from conditions, and what they change about the
// alarms that were told. It shares nothing with the machine that told them.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "tests/oracle/oracle.h"
#include "tests/oracle/timeline.h"
#include "tests/oracle/values.h"

namespace lamplight::oracle {

// When a button was pressed, by the acts of people.
Timeline pressed(const World& world, const std::string& button);

// The events inhibited and uninhibited that `told` implies.
std::vector<Told> inhibitions(const World& world, const std::vector<Told>& told);

}  // namespace lamplight::oracle
