#include "peer.hpp"

#include <beamnode/etf/build.hpp>
#include <beamnode/etf/order.hpp>
#include <beamnode/etf/parse.hpp>
#include <beamnode/etf/text.hpp>

#include <algorithm>
#include <set>
#include <stdexcept>
#include <string>
#include <vector>

namespace conformance {

namespace {

std::vector<term> elements_of(const term& list, atom otherwise) {
  if (!list.is_nil() && !list.is_proper_list()) throw error_with(otherwise);
  const auto elements = list.elements();
  return {elements.begin(), elements.end()};
}

term sum(const term& list) {
  term total = term::from(0);
  for (const term& one : elements_of(list, "function_clause"_atom)) total = plus(total, one);
  return total;
}

term reverse(const term& list) {
  std::vector<term> all = elements_of(list, "function_clause"_atom);
  std::ranges::reverse(all);
  return etf::list_of(all);
}

term sort(const term& list) {
  std::vector<term> all = elements_of(list, "badarg"_atom);
  std::ranges::stable_sort(
      all, [](const term& a, const term& b) { return std::is_lt(etf::compare(a, b)); });
  return etf::list_of(all);
}

// Binaries stay binaries, and lists lists. Of other letters than ASCII's nothing is promised.
term upcase(const term& text) {
  const auto upper = [](char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 32) : c; };
  if (const auto bytes = text.as_text()) {
    std::string all(*bytes);
    std::ranges::transform(all, all.begin(), upper);
    return term::from(all);
  }
  std::vector<term> all = elements_of(text, "function_clause"_atom);
  for (term& one : all) {
    const auto c = one.as_int64();
    if (c && *c < 0x80) {
      one = term::from(static_cast<std::int64_t>(upper(static_cast<char>(*c))));
    }
  }
  return etf::list_of(all);
}

// The caller's text gets its dot here: one that has a dot of its own, or ends within a comment, is
// none.
term from_text(const term& text) {
  const std::optional<std::string> source = io::characters(text);
  if (!source) throw error_with(text.is_binary() ? "function_clause"_atom : "badarg"_atom);
  const etf::result<term> parsed = etf::parse_term(*source + " .");
  if (!parsed || etf::parse_term(*source + " . )")) throw error_with("badarg"_atom);
  return *parsed;
}

term native_error(const term& what) {
  if (const auto text = what.as_text()) throw std::runtime_error(std::string(*text));
  throw error_with(tuple("cxx_exception"_atom, what));
}

std::set<atom> nodes_of(process& self, const term& type) {
  static constexpr std::pair<std::string_view, node_kind> kinds[] = {
      {"visible", node_kind::visible},     {"hidden", node_kind::hidden},
      {"connected", node_kind::connected}, {"this", node_kind::this_node},
      {"known", node_kind::known},
  };
  std::vector<term> wanted{type};
  if (type.is_list()) wanted = elements_of(type, "badarg"_atom);
  std::set<atom> all;
  for (const term& one : wanted) {
    const auto* const kind = std::ranges::find(kinds, atom_of(one).text(),
                                               &std::pair<std::string_view, node_kind>::first);
    if (kind == std::end(kinds)) throw error_with("badarg"_atom);
    const std::vector<atom> some = self.nodes(kind->second);
    all.insert(some.begin(), some.end());
  }
  return all;
}

}  // namespace

void export_functions(node& n) {
  export_as(n, "identity", [](const term& t) { return t; });
  export_as(n, "roundtrip", [](const term& t) { return term::decode(t.encode()).value(); });
  export_as(n, "add", [](const term& a, const term& b) { return plus(a, b); });
  export_as(n, "sum", [](const term& list) { return sum(list); });
  export_as(n, "reverse", [](const term& list) { return reverse(list); });
  export_as(n, "upcase", [](const term& text) { return upcase(text); });
  export_as(n, "sort", [](const term& list) { return sort(list); });
  // As a BEAM prints that was not started with +pc unicode.
  export_as(n, "to_text", [](const term& t) {
    return etf::erlang_text(t, {.printable = etf::printable_range::latin1});
  });
  export_as(n, "from_text", [](const term& text) { return from_text(text); });
  export_as(n, "throw", [](const term& t) -> term { throw throw_with(t); });
  export_as(n, "exit", [](const term& t) -> term { throw exit_with(t); });
  export_as(n, "error", [](const term& t) -> term { throw error_with(t); });
  export_as(n, "native_error", [](const term& what) { return native_error(what); });
  export_as(n, "sleep", [](process& self, const term& ms) { return self.sleep(timeout_of(ms)); });
  export_as(n, "self", [](process& self) { return self.pid(); });
  export_as(n, "node", [](process& self) { return self.node(); });
  export_as(n, "nodes", [](process& self) { return self.nodes(); });
  export_as(n, "nodes",
            [](process& self, const term& type) { return etf::list_of(nodes_of(self, type)); });
}

}  // namespace conformance
