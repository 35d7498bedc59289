#include <beamnode/etf/node_name.hpp>
