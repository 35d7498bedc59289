// Terms whose atoms are named by number, written with the atoms spelled out: a walk that copies all
// the rest, and mends the sizes of the funs around what has grown.
#include <beamnode/etf/writer.hpp>

#include <vector>

#include "extent.hpp"

namespace beamnode::etf {
namespace {

/// A fun that the walk is inside of.
struct open_fun {
  std::size_t pending;  // terms still to come inside
  std::size_t start;    // of its size field, in the output
};

/// Where the node's name of an identifier stands; 0 for other values.
std::size_t node_position(tag t) noexcept {
  switch (t) {
    case tag::new_pid:
    case tag::pid:
    case tag::new_port:
    case tag::v4_port:
    case tag::port:
    case tag::reference: return 1;
    case tag::newer_reference:
    case tag::new_reference: return 3;
    default: return 0;
  }
}

}  // namespace

void writer::write_encoded(bytes_view terms, std::span<const atom> atom_refs) {
  if (atom_refs.empty()) return write_encoded(terms);
  std::vector<open_fun> funs;
  while (ok()) {
    while (!funs.empty() && funs.back().pending == 0) {
      const std::size_t start = funs.back().start;
      store_big(out_.data() + start, static_cast<std::uint32_t>(out_.size() - start));
      funs.pop_back();
    }
    if (terms.empty()) return;
    const extent found = extent_finder{terms}.find();
    if (!found.is_term) return fail(errc::unknown_tag);
    if (found.size == 0 || found.size > terms.size()) return fail(errc::truncated);
    const auto kind = static_cast<tag>(terms[0]);
    const std::size_t node = node_position(kind);
    std::size_t copied = 0;
    if (kind == tag::atom_cache_ref ||
        (node != 0 && terms[node] == static_cast<std::uint8_t>(tag::atom_cache_ref))) {
      const std::size_t index = terms[node + 1];
      if (index >= atom_refs.size()) return fail(errc::bad_atom_cache_ref);
      out_.append(terms.first(node));
      write_atom(atom_refs[index]);
      copied = node + 2;
    }
    if (!funs.empty()) --funs.back().pending;
    if (kind == tag::new_fun) {
      funs.push_back({found.nested, out_.size() + 1});
    } else if (!funs.empty()) {
      funs.back().pending += found.nested;
    }
    out_.append(terms.subspan(copied, found.size - copied));
    terms = terms.subspan(found.size);
  }
}

}  // namespace beamnode::etf
