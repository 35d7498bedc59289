#include "runtime/reasons.hpp"

#include <exception>
#include <string>
#include <vector>

namespace beamnode {

term detail::reason_of(const std::exception_ptr& cause) {
  const std::vector<term> no_stack;
  try {
    std::rethrow_exception(cause);
  } catch (const exit_with& e) {
    return e.reason();
  } catch (const throw_with& e) {
    return term::from(tuple(tuple(atom("nocatch"), e.reason()), no_stack));
  } catch (const error_with& e) {
    return term::from(tuple(e.reason(), no_stack));
  } catch (const std::exception& e) {
    return term::from(tuple(atom("cxx_exception"), std::string(e.what())));
  } catch (...) {
    return term::from(tuple(atom("cxx_exception"), std::string("not a std::exception")));
  }
}

}  // namespace beamnode
