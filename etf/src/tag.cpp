#include <beamnode/etf/tag.hpp>

namespace beamnode::etf {

std::string_view name_of(kind k) noexcept {
  switch (k) {
    case kind::none: return "no value";
    case kind::integer: return "an integer";
    case kind::floating: return "a float";
    case kind::atom: return "an atom";
    case kind::reference: return "a reference";
    case kind::fun: return "a fun";
    case kind::port: return "a port";
    case kind::pid: return "a pid";
    case kind::tuple: return "a tuple";
    case kind::record: return "a record";
    case kind::map: return "a map";
    case kind::nil: return "an empty list";
    case kind::list: return "a list";
    case kind::bit_string: return "a binary";
  }
  return "no value";
}

}  // namespace beamnode::etf
